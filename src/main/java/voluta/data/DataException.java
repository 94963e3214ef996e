package voluta.data;

import voluta.tensor.VolutaException;

/** A data set that cannot be used as it is: the message names the file, the values found and what to do. */
public class DataException extends VolutaException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
