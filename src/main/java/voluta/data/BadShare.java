package voluta.data;

import java.math.BigDecimal;

/**
 * The largest share of unusable pictures that a data set may have.
 *
 * @param value 0 to 1
 */
public record BadShare(double value) {
    public BadShare {
        if (!(value >= 0 && value <= 1)) {
            throw new DataException("max-bad is " + value + "; use a share from 0 to 1, or a percentage such as 1%");
        }
    }

    /** Reads {@code 1%} or {@code 0.01}. */
    public static BadShare parse(String text) {
        String number = text.strip();
        boolean percent = number.endsWith("%");
        try {
            BigDecimal value = new BigDecimal(
                    percent ? number.substring(0, number.length() - 1).strip() : number);
            return new BadShare((percent ? value.movePointLeft(2) : value).doubleValue());
        } catch (NumberFormatException e) {
            throw new DataException(
                    "max-bad is '" + text + "'; use a share such as 0.01, or a percentage such as 1%", e);
        }
    }

    /** As a percentage. */
    @Override
    public String toString() {
        return BigDecimal.valueOf(value).movePointRight(2).stripTrailingZeros().toPlainString() + "%";
    }
}
