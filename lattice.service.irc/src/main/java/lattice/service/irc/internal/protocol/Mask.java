package lattice.service.irc.internal.protocol;

/** Patterns of names in which {@code *} stands for any characters and {@code ?} for one; case as {@link CaseMapping}. */
public final class Mask {
    private Mask() {
    }

    /** Whether a pattern fits a text. The time is bounded by the product of their lengths. */
    public static boolean matches(String mask, String text) {
        String pattern = CaseMapping.fold(mask);
        String folded = CaseMapping.fold(text);
        int p = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < folded.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == folded.charAt(t))) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /** A mask of {@code nick!user@host} out of a part of one: {@code joe} is {@code joe!*@*}. */
    public static String complete(String part) {
        int bang = part.indexOf('!');
        int at = part.lastIndexOf('@');
        if (bang >= 0 && at > bang) {
            return part;
        }
        if (at >= 0) {
            return "*!" + part;
        }
        return bang >= 0 ? part + "@*" : part + "!*@*";
    }
}
