package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;
import voluta.backend.cuda.binding.CudaProbe;
import voluta.backend.cuda.binding.CudnnHandle;
import voluta.backend.cuda.binding.JcudaDeviceDriver;
import voluta.backend.cuda.memory.DeviceMemoryManager;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.memory.PinnedBuffer;
import voluta.conformance.CaseTable;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.model.Architectures;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.TrainingGraph;
import voluta.op.BatchNormalization;
import voluta.op.Convolution;
import voluta.op.ConvolutionBatchNormalization;
import voluta.op.TransposedConvolution;
import voluta.optim.Optimizer;
import voluta.tensor.DType;
import voluta.tensor.Shape;

/**
 * Asks the real cuDNN, on a machine without a GPU, which plans it has for the convolutions of the shipped networks on GPUs
 * that are only described, and for all cases of convolutions: scripts/survey-cudnn-plans.sh.
 */
final class PlanSurvey {
    /** How a pass may lie in memory. */
    private record Way(String name, CudaLayout.Order order, DType storage, boolean tf32) {}

    private static final List<Way> WAYS = List.of(
            new Way("bf16 channels last", CudaLayout.Order.CHANNELS_LAST, DType.BF16, false),
            new Way("f16 channels last", CudaLayout.Order.CHANNELS_LAST, DType.F16, false),
            new Way("tf32 channels last", CudaLayout.Order.CHANNELS_LAST, DType.F32, true),
            new Way("f32 row-major", CudaLayout.Order.ROW_MAJOR, DType.F32, false));

    /** Devices by NVIDIA's data sheets: T4, A100, H100. */
    private static final List<String> DEVICES = List.of(
            DescribedDevice.json("T4", 75, 40, 65536, 1024, 16, 4L << 20, 16L << 30),
            DescribedDevice.json("A100", 80, 108, 166912, 2048, 32, 40L << 20, 80L << 30),
            DescribedDevice.json("H100", 90, 132, 232448, 2048, 32, 50L << 20, 80L << 30));

    private record Problem(ConvolutionPass pass, ConvolutionShape shape, ConvolutionEnding ending) {}

    private PlanSurvey() {}

    public static void main(String[] arguments) {
        CudaProbe.Result found = CudaProbe.run();
        if (found.state() != CudaProbe.State.USABLE) throw new IllegalStateException(found.text() + found.remedy());
        CUdevice device = new CUdevice();
        CUcontext context = new CUcontext();
        JCudaDriver.cuDeviceGet(device, 0);
        JCudaDriver.cuDevicePrimaryCtxRetain(context, device);
        Runnable enter = () -> JCudaDriver.cuCtxSetCurrent(context);
        System.out.println("cuDNN " + JCudnn.cudnnGetVersion());
        DeviceMemoryManager memory = new DeviceMemoryManager(new JcudaDeviceDriver(enter), MemorySettings.DEFAULT);
        PinnedBuffer words = memory.allocateHost("attributes", 4096);
        Map<String, Set<Problem>> all = problems();
        for (String json : DEVICES) {
            try (DescribedDevice target = new DescribedDevice(words.address(), words.bytes(), json)) {
                System.out.println(json.replaceAll(".*\"deviceName\":\"(.*)\"}", "\n$1"));
                all.forEach((name, some) -> survey(target, name, some));
            }
        }
        words.close();
        memory.close();
    }

    private static void survey(PlanTarget target, String name, Set<Problem> problems) {
        for (Way way : WAYS) {
            int with = 0, plans = 0, deterministic = 0;
            List<String> without = new ArrayList<>();
            long most = 0;
            for (Problem p : problems) {
                try (ConvolutionGraph g =
                        new ConvolutionGraph(target, way.tf32, p.pass, p.shape, way.order, way.storage, p.ending)) {
                    List<ConvolutionAlgorithm> found = g.algorithms();
                    plans += found.size();
                    if (found.isEmpty()) without.add(p.pass + p.ending.text() + " " + p.shape.text());
                    else with++;
                    if (!found.isEmpty()) bind(g, found.get(found.size() - 1));
                    if (found.stream().anyMatch(ConvolutionAlgorithm::deterministic)) deterministic++;
                    most = Math.max(most, found.isEmpty() ? 0 : found.get(0).workspace());
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-17s %-20s %4d of %4d have plans, %4d a deterministic one; %5.1f plans each; first plan's workspace"
                            + " up to %.1f MiB%n",
                    name,
                    way.name,
                    with,
                    problems.size(),
                    deterministic,
                    (double) plans / problems.size(),
                    most / 1048576.0);
            if (Boolean.getBoolean("voluta.survey.missing")) without.forEach(w -> System.out.println("    none: " + w));
        }
    }

    /** Does all but run it; the addresses are nobody's. */
    private static void bind(ConvolutionGraph g, ConvolutionAlgorithm last) {
        g.keepOnly(last);
        g.call(
                new CudnnHandle(),
                last,
                new ConvolutionDescriptors.Operands(256, 512, 768, 1024, 1280, 1536, 1792, 2048));
    }

    private static Map<String, Set<Problem>> problems() {
        Map<String, Set<Problem>> all = new LinkedHashMap<>();
        Map<String, Integer> networks = new LinkedHashMap<>();
        networks.put("lenet5", 128);
        networks.put("vgg-small", 128);
        networks.put("resnet20", 128);
        networks.put("resnet18", 256);
        networks.put("resnet50", 256);
        networks.put("mobilenet_v2", 256);
        networks.forEach((name, batch) -> put(all, name, ofNetwork(name, batch)));
        Set<Problem> cases = new LinkedHashSet<>();
        for (OpCases op : CaseTable.all())
            for (OpCase c : op.valid())
                add(
                        cases,
                        c.op(),
                        c.inputs().stream().map(i -> i.type().shape()).toList());
        put(all, "cases", cases);
        return all;
    }

    /** Passes with sums, which only some layouts have, are counted by themselves. */
    private static void put(Map<String, Set<Problem>> all, String name, Set<Problem> problems) {
        Map<Boolean, Set<Problem>> summing = problems.stream()
                .collect(Collectors.partitioningBy(
                        p -> p.pass == ConvolutionPass.SUMS, Collectors.toCollection(LinkedHashSet::new)));
        all.put(name, summing.get(false));
        if (!summing.get(true).isEmpty()) all.put(name + " sums", summing.get(true));
    }

    private static Set<Problem> ofNetwork(String name, int batch) {
        Graph g = TrainingGraph.build(
                Network.of(Architectures.named(name)),
                batch,
                new TrainingGraph.Recipe(Loss.crossEntropy(0), Optimizer.Sgd.DEFAULT),
                UnaryOperator.identity());
        Set<Problem> all = new LinkedHashSet<>();
        for (Node n : g.nodes()) {
            add(all, n.op(), n.inputs().stream().map(v -> v.type().shape()).toList());
            Node p = n.inputs().isEmpty() ? null : n.input(0).producer();
            if (n.op() instanceof BatchNormalization && p != null && p.op() instanceof Convolution c)
                all.add(summing(c, p.input(0).type().shape(), p.input(1).type().shape()));
        }
        return all;
    }

    private static Problem summing(Convolution c, Shape x, Shape w) {
        return new Problem(ConvolutionPass.SUMS, ConvolutionShape.of(c, x, w), ConvolutionEnding.NONE);
    }

    private static void add(Set<Problem> all, Op op, List<Shape> in) {
        if (op instanceof ConvolutionBatchNormalization c) all.add(summing(c.convolution(), in.get(0), in.get(1)));
        ConvolutionShape s = null;
        if (op instanceof Convolution c) s = ConvolutionShape.of(c, in.get(0), in.get(1));
        if (op instanceof TransposedConvolution t) s = ConvolutionShape.of(t, in.get(0), in.get(1));
        if (s == null) return;
        for (ConvolutionPass pass : ConvolutionPass.values()) {
            if (pass != ConvolutionPass.FUSED && pass != ConvolutionPass.SUMS)
                all.add(new Problem(pass, s, ConvolutionEnding.NONE));
        }
        for (boolean residual : new boolean[] {false, true})
            for (boolean relu : new boolean[] {false, true})
                all.add(new Problem(ConvolutionPass.FUSED, s, new ConvolutionEnding(residual, relu)));
    }
}
