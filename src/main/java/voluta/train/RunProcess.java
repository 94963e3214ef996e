package voluta.train;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The process that trains, so that whoever watches it on the same machine can tell whether it is still there.
 *
 * @param host the name of its machine or container
 * @param space what its number counts in: containers have numbers of their own; empty where systems know only one
 * @param pid its number
 */
record RunProcess(String host, String space, long pid) {
    static RunProcess current() {
        return new RunProcess(hostName(), numbering(), ProcessHandle.current().pid());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "";
        }
    }

    private static String numbering() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }

    void write(Map<String, Object> record) {
        record.put("host", host);
        record.put("pid_space", space);
        record.put("pid", pid);
    }

    /** Whether it can be seen from here that it has ended. */
    boolean gone() {
        RunProcess here = current();
        if (host.isEmpty() || !host.equals(here.host) || !space.equals(here.space)) return false;
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
    }
}
