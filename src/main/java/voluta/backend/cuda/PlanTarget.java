package voluta.backend.cuda;

import java.nio.ByteBuffer;
import jcuda.jcudnn.cudnnBackendAttributeName;
import voluta.backend.cuda.binding.BackendDescriptor;
import voluta.backend.cuda.binding.BackendDescriptors;
import voluta.backend.cuda.binding.CudnnHandle;

/** What plans of cuDNN's graph interface are made for: an open device, or one that is only described. */
interface PlanTarget {
    /** Descriptors for one use, which messages name. */
    BackendDescriptors descriptors(String about);

    /** Says in an operation graph, a heuristic's question or a plan which device it is for. */
    void graph(BackendDescriptor graph);

    void heuristics(BackendDescriptor heuristics);

    void plan(BackendDescriptor plan);

    /** Whether plans are taken whose code cuDNN compiles when they are made, which may take seconds for each. */
    boolean compiles();

    /** A device whose handle is open. */
    record Open(CudnnHandle handle, long address, ByteBuffer bytes, boolean compiles) implements PlanTarget {
        @Override
        public BackendDescriptors descriptors(String about) {
            return new BackendDescriptors(address, bytes, about);
        }

        @Override
        public void graph(BackendDescriptor graph) {
            graph.handle(cudnnBackendAttributeName.CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle);
        }

        @Override
        public void heuristics(BackendDescriptor heuristics) {
            // the graph's
        }

        @Override
        public void plan(BackendDescriptor plan) {
            plan.handle(cudnnBackendAttributeName.CUDNN_ATTR_EXECUTION_PLAN_HANDLE, handle);
        }
    }
}
