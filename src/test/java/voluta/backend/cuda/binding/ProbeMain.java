package voluta.backend.cuda.binding;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import voluta.backend.DeviceMemoryException;
import voluta.backend.cuda.memory.DeviceMemoryManager;
import voluta.backend.cuda.memory.DeviceRegion;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.memory.PinnedBuffer;

/** Probes under the root that is given, in a process of its own, and uses a little memory where that succeeds. */
final class ProbeMain {
    private ProbeMain() {}

    public static void main(String[] arguments) {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.remove("LD_LIBRARY_PATH");
        String temporary = System.getProperty("java.io.tmpdir");
        CudaProbe.Result result = CudaProbe.run(Path.of(arguments[0]), environment);
        say("state: " + result.state());
        say("text: " + result.text());
        say("remedy: " + result.remedy());
        say("tmpdir kept: " + temporary.equals(System.getProperty("java.io.tmpdir")));
        if (result.state() != CudaProbe.State.USABLE) return;
        say("again: " + CudaProbe.run(Path.of(arguments[0]), environment).state());

        DeviceMemoryManager memory = new DeviceMemoryManager(
                new JcudaDeviceDriver(() -> {}), new MemorySettings(0, 1 << 20, false, true, true));
        DeviceRegion region = memory.allocate("arena", 1000);
        region.fill((byte) 42);
        byte[] content = new byte[1000];
        new JcudaDeviceDriver(() -> {}).read(region.address(), content);
        memory.checkGuards();
        say("last byte: " + content[999]);
        region.close();
        try {
            memory.allocate("arena", 1L << 50);
        } catch (DeviceMemoryException e) {
            say("refused: " + e.asked());
        }
        PinnedBuffer pinned = memory.allocateHost("input", 64);
        say("pinned: " + pinned.bytes().capacity() + " " + pinned.bytes().order() + " at " + (pinned.address() != 0));
        pinned.close();
        memory.close();
        say("closed");
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
