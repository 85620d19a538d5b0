package lattice.shell.internal.output;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** Lays text out in columns of a terminal, where a character takes none, one or two of them. */
final class Fold {
    private static final String BETWEEN_WORDS = " ,/;";
    private static final String WITHIN_WORDS = ".:-_=";

    private Fold() {
    }

    /** Breaks a sentence: between words only, so that names and paths in it stay whole if they can. */
    static List<AttributedString> prose(AttributedString line, int width) {
        return fold(line, width, " ", "", false);
    }

    /**
     * Breaks a line between words only: one that is wider is left to the terminal, which joins its parts again when they
     * are copied, as a token is.
     */
    static List<AttributedString> wholeWords(AttributedString line, int width) {
        return fold(line, width, BETWEEN_WORDS, "", true);
    }

    /** Where the word behind the one at {@code start} begins, or the end. */
    private static int nextWord(AttributedString line, int start) {
        int i = start;
        while (i < line.length() && BETWEEN_WORDS.indexOf(line.charAt(i)) < 0) {
            i++;
        }
        while (i < line.length() && BETWEEN_WORDS.indexOf(line.charAt(i)) >= 0) {
            i++;
        }
        return i;
    }

    /** Breaks a line into lines of at most {@code width} columns: between words, else within one where it reads well. */
    static List<AttributedString> fold(AttributedString line, int width) {
        return fold(line, width, BETWEEN_WORDS, WITHIN_WORDS, false);
    }

    /** @param whole whether a word that is wider stays whole */
    private static List<AttributedString> fold(AttributedString line, int width, String between, String within, boolean whole) {
        if (width <= 0 || line.columnLength() <= width) {
            return List.of(line);
        }
        List<AttributedString> lines = new ArrayList<>();
        int start = 0;
        while (start < line.length()) {
            int end = fitting(line, start, width);
            int cut = end == line.length() ? end : cut(line, start, end, between, within, whole ? nextWord(line, start) : end);
            lines.add(trimmed(line, start, cut));
            start = cut;
            while (start < line.length() && line.charAt(start) == ' ') {
                start++;
            }
        }
        return lines;
    }

    /** The end of what fits; at least one character. */
    private static int fitting(AttributedString line, int start, int width) {
        int end = start;
        int columns = 0;
        while (end < line.length()) {
            int next = end + Character.charCount(line.codePointAt(end));
            columns += line.subSequence(end, next).columnLength();
            if (columns > width && end > start) {
                break;
            }
            end = next;
        }
        return end;
    }

    private static int cut(AttributedString line, int start, int end, String between, String within, int otherwise) {
        if (line.charAt(end) == ' ') {
            return end;
        }
        for (String breaks : new String[] {between, within}) {
            for (int i = end; i > start + 1; i--) {
                if (breaks.indexOf(line.charAt(i - 1)) >= 0) {
                    return i;
                }
            }
        }
        return otherwise;
    }

    /** The columns that a line needs to be broken only where it reads well. */
    static int longestWord(AttributedString line) {
        int longest = 0;
        int start = 0;
        for (int i = 0; i < line.length(); i++) {
            if (BETWEEN_WORDS.indexOf(line.charAt(i)) >= 0) {
                longest = Math.max(longest, line.subSequence(start, line.charAt(i) == ' ' ? i : i + 1).columnLength());
                start = i + 1;
            }
        }
        return Math.max(longest, line.subSequence(start, line.length()).columnLength());
    }

    /** A line padded with spaces to a width. */
    static void pad(AttributedStringBuilder row, AttributedString cell, int width, boolean right) {
        String blanks = " ".repeat(Math.max(0, width - cell.columnLength()));
        if (right) {
            row.append(blanks).append(cell);
        } else {
            row.append(cell).append(blanks);
        }
    }

    /** A line without the spaces at its end. */
    static AttributedString trimmed(AttributedString line, int start, int end) {
        int last = end;
        while (last > start && line.charAt(last - 1) == ' ') {
            last--;
        }
        return line.subSequence(start, last);
    }
}
