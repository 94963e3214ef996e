package voluta.backend;

import voluta.tensor.VolutaException;

/** A backend or device that cannot work, or a fault on it. Ends with exit code 4. */
public class DeviceException extends VolutaException {
    private static final long serialVersionUID = 1L;

    public DeviceException(String message) {
        super(message);
    }

    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }

    public DeviceException(String path, String source, String problem, Throwable cause) {
        super(path, source, problem, cause);
    }
}
