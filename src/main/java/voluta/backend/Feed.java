package voluta.backend;

import java.util.List;
import voluta.tensor.TensorType;

/**
 * A value that is copied from the host at the head of each run.
 *
 * @param name the input's name
 * @param type what the host buffers hold, in plain form
 * @param layout the layout of {@code target}
 * @param target where the steps read it
 * @param slots one host buffer per slot, so that one can be filled while another is used
 */
public record Feed(String name, TensorType type, Layout layout, Slice target, List<HostBuffer> slots) {}
