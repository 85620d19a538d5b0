package lattice.api.store;

/** The form that keys and prefixes share. */
final class Paths {
    private static final char DELETE = 0x7f;

    private Paths() {
    }

    static void check(String path) {
        if (!path.startsWith("/")) {
            throw invalid("starts with '/'", path);
        }
        int bytes = 0;
        int segmentStart = 1;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c > ' ' && c < DELETE && c != '/') {
                bytes++;
                continue;
            }
            if (c == '/' && i > 0) {
                checkSegment(path, segmentStart, i);
                segmentStart = i + 1;
            }
            if (Character.isHighSurrogate(c) && i + 1 < path.length() && Character.isLowSurrogate(path.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else if (Character.isSurrogate(c)) {
                throw invalid("is well-formed Unicode", path);
            } else if (Character.isISOControl(c)) {
                throw invalid("has no control characters", path);
            } else {
                bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            }
        }
        if (path.length() > 1) {
            checkSegment(path, segmentStart, path.length());
        }
        if (bytes > Key.MAX_BYTES) {
            throw new StoreException(StoreException.Code.INVALID_KEY, "A key is at most " + Key.MAX_BYTES
                    + " bytes of UTF-8; this one has " + bytes + ": '" + path.substring(0, 60) + "...'.");
        }
    }

    private static void checkSegment(String path, int start, int end) {
        int length = end - start;
        if (length == 0) {
            throw invalid("has no empty segment and no '/' at its end", path);
        }
        if (path.charAt(start) == '.' && (length == 1 || length == 2 && path.charAt(start + 1) == '.')) {
            throw invalid("has no '.' or '..' segment", path);
        }
    }

    private static StoreException invalid(String rule, String path) {
        String shown = path.length() <= 80 ? path : path.substring(0, 80) + "...";
        StringBuilder printable = new StringBuilder();
        shown.chars().forEach(c -> printable.append(
                Character.isISOControl(c) || Character.isSurrogate((char) c) ? String.format("\\u%04x", c) : (char) c));
        return new StoreException(StoreException.Code.INVALID_KEY,
                "A key " + rule + ", such as /notes/today; not '" + printable + "'.");
    }
}
