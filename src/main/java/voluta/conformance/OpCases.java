package voluta.conformance;

import java.util.List;

/** The cases of one op and of its gradient ops. */
public interface OpCases {
    /** The op's name, for reports. */
    String op();

    List<OpCase> valid();

    List<InvalidCase> invalid();
}
