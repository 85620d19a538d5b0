package lattice.registry.internal.declaration;

import java.util.regex.Pattern;

/** The form of a tag. */
public final class Tags {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?");

    private Tags() {
    }

    public static boolean isTag(String text) {
        return FORM.matcher(text).matches();
    }

    /** What a tag is, for someone whose tag was none. */
    public static String rule(String text) {
        return "A tag is 1 to 64 letters, digits, dots, hyphens and underscores, such as gateway; not '" + text + "'.";
    }
}
