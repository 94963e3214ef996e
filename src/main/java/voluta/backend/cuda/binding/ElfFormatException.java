package voluta.backend.cuda.binding;

import voluta.backend.DeviceException;

/** A native library that is damaged, or not of the kind that is expected. */
final class ElfFormatException extends DeviceException {
    private static final long serialVersionUID = 1L;

    ElfFormatException(String problem) {
        super("a native library cannot be fitted to this machine: " + problem
                + "; the jar it comes from may be damaged: fetch it again");
    }
}
