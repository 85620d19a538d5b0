package lattice.shell.internal.output;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** Lays text out in columns of a terminal, where a character takes none, one or two of them. */
final class Fold {
    private static final String WITHIN_WORDS = ".:-_=";

    private Fold() {
    }

    /** Breaks a line into lines of at most {@code width} columns: between words, else within one where it reads well. */
    static List<AttributedString> fold(AttributedString line, int width) {
        if (width <= 0 || line.columnLength() <= width) {
            return List.of(line);
        }
        List<AttributedString> lines = new ArrayList<>();
        int start = 0;
        while (start < line.length()) {
            int end = fitting(line, start, width);
            int cut = end == line.length() ? end : cut(line, start, end);
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

    private static int cut(AttributedString line, int start, int end) {
        if (line.charAt(end) == ' ') {
            return end;
        }
        for (int i = end; i > start + 1; i--) {
            if (isBreak(line.charAt(i - 1))) {
                return i;
            }
        }
        for (int i = end; i > start + 1; i--) {
            if (WITHIN_WORDS.indexOf(line.charAt(i - 1)) >= 0) {
                return i;
            }
        }
        return end;
    }

    /** The columns that a line needs to be broken only where it reads well. */
    static int longestWord(AttributedString line) {
        int longest = 0;
        int start = 0;
        for (int i = 0; i < line.length(); i++) {
            if (isBreak(line.charAt(i))) {
                longest = Math.max(longest, line.subSequence(start, line.charAt(i) == ' ' ? i : i + 1).columnLength());
                start = i + 1;
            }
        }
        return Math.max(longest, line.subSequence(start, line.length()).columnLength());
    }

    private static boolean isBreak(int c) {
        return c == ' ' || c == ',' || c == '/' || c == ';';
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
