package lattice.service.irc.internal.chat;

import java.util.regex.Pattern;
import lattice.service.irc.internal.protocol.Wire;

/**
 * A mode of a channel that lasts: that it is set, or that it was set and is not any more.
 *
 * @param letter {@code i} only who is invited may join, {@code m} only who has a voice may speak, {@code n} no messages
 *     from outside, {@code s} not listed, {@code t} the topic is the operators', {@code k} a key to join, {@code l} a limit
 *     of members, {@code b} a ban
 * @param on whether it is set
 * @param param the key, the limit or the mask; empty for the others
 * @param by who changed it
 */
public record Mode(char letter, boolean on, String param, Origin by) {
    /** Modes that are there or not. */
    public static final String FLAGS = "imnst";

    /** The modes that hold in a channel until someone changes them. */
    public static final String DEFAULTS = "nt";

    /** The longest key, in characters. */
    public static final int MAX_KEY = 23;

    private static final Pattern KEY = Pattern.compile("[^\\x00-\\x20,:\\x7f][^\\x00-\\x20,\\x7f]{0," + (MAX_KEY - 1) + "}");
    private static final Pattern LIMIT = Pattern.compile("[1-9][0-9]{0,8}");
    private static final Pattern BAN = Pattern.compile("[^\\x00-\\x20:!@][^\\x00-\\x20!@]*![^\\x00-\\x20!@]+@[^\\x00-\\x20!@]+");
    private static final int MAX_BAN = 128;

    /** @throws IllegalArgumentException if there is no such mode, or not with this parameter */
    public Mode {
        param = param == null ? "" : param;
        if (by == null) {
            throw new IllegalArgumentException("A mode needs 'by'.");
        }
        if (!isValid(letter, on, param)) {
            throw new IllegalArgumentException("There is no mode " + (on ? '+' : '-') + letter
                    + (param.isEmpty() ? " without a parameter." : " with the parameter '" + param + "'."));
        }
    }

    /** Whether there is such a mode with such a parameter. */
    public static boolean isValid(char letter, boolean on, String param) {
        return switch (letter) {
            case 'k' -> !on && param.isEmpty() || KEY.matcher(param).matches();
            case 'l' -> on ? LIMIT.matcher(param).matches() : param.isEmpty();
            case 'b' -> Wire.length(param) <= MAX_BAN && BAN.matcher(param).matches();
            default -> FLAGS.indexOf(letter) >= 0 && param.isEmpty();
        };
    }

    /** Whether both say the same about the channel. */
    boolean sameEffect(Mode other) {
        return letter == other.letter && on == other.on && (!on || param.equals(other.param));
    }
}
