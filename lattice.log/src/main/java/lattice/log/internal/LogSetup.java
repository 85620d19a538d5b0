package lattice.log.internal;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where the log goes. */
final class LogSetup {
    /** The name of the node's own log, without its ending. */
    static final String NAME = "lattice";
    static final String FILE = NAME + ".log";

    private static final FileSize MAX_FILE = new FileSize(10 * FileSize.MB_COEFFICIENT);
    private static final FileSize MAX_TOTAL = new FileSize(100 * FileSize.MB_COEFFICIENT);
    private static final FileSize MAX_DAEMON_FILE = new FileSize(2 * FileSize.MB_COEFFICIENT);
    private static final FileSize MAX_DAEMON_TOTAL = new FileSize(10 * FileSize.MB_COEFFICIENT);
    private static final int MAX_DAYS = 30;

    private final LoggerContext context;

    LogSetup(LoggerContext context) {
        this.context = context;
    }

    /** From this level on, everything is logged. */
    void level(Level level) {
        root().setLevel(level);
        // They say a lot that means something to their authors only.
        for (String chatty : new String[] {"io.grpc", "io.netty", "org.apache.felix", "org.jline"}) {
            context.getLogger(chatty).setLevel(level.isGreaterOrEqual(Level.INFO) ? Level.WARN : level);
        }
        // gRPC asks for an option that Unix sockets do not have, at each connection.
        context.getLogger("io.netty.bootstrap").setLevel(Level.ERROR);
        // It tells of each call that ended with its connection, with a stack trace; who cuts a connection off says why.
        context.getLogger("io.grpc.netty.NettyServerHandler").setLevel(Level.ERROR);
    }

    /**
     * To {@code lattice.log} in a directory; old days and what is too much are packed beside it and, in time, dropped. What
     * supervised processes print goes to files of their own in {@code daemons/}, in the same way.
     */
    void toFile(Path directory) {
        RollingFileAppender<ILoggingEvent> file = rolling(directory, NAME, MAX_FILE, MAX_TOTAL);
        root().addAppender(started(file, true));

        DaemonFiles daemons = new DaemonFiles(service -> started(rolling(directory.resolve(DaemonFiles.DIRECTORY), service,
                MAX_DAEMON_FILE, MAX_DAEMON_TOTAL), false));
        daemons.setContext(context);
        daemons.start();
        Logger printed = context.getLogger(DaemonFiles.LOGGER);
        printed.setAdditive(false);
        printed.setLevel(Level.INFO);
        printed.addAppender(daemons);
    }

    private RollingFileAppender<ILoggingEvent> rolling(Path directory, String name, FileSize most, FileSize mostInAll) {
        RollingFileAppender<ILoggingEvent> file = new RollingFileAppender<>();
        file.setContext(context);
        file.setName(name);
        file.setFile(directory.resolve(name + ".log").toString());
        SizeAndTimeBasedRollingPolicy<ILoggingEvent> policy = new SizeAndTimeBasedRollingPolicy<>();
        policy.setContext(context);
        policy.setParent(file);
        policy.setFileNamePattern(directory.resolve(name + ".%d{yyyy-MM-dd}.%i.log.gz").toString());
        policy.setMaxFileSize(most);
        policy.setTotalSizeCap(mostInAll);
        policy.setMaxHistory(MAX_DAYS);
        policy.setCleanHistoryOnStart(true);
        policy.start();
        file.setRollingPolicy(policy);
        return file;
    }

    /** Warnings and errors to standard error, a line each: the traces are in the file. */
    void warningsToConsole() {
        ConsoleAppender<ILoggingEvent> console = console();
        ThresholdFilter warnings = new ThresholdFilter();
        warnings.setLevel(Level.WARN.toString());
        warnings.start();
        console.addFilter(warnings);
        UntilFailure untilFailure = new UntilFailure();
        untilFailure.start();
        console.addFilter(untilFailure);
        root().addAppender(started(console, false));
    }

    /** Everything to standard error, where there is no file. */
    void allToConsole() {
        root().addAppender(started(console(), true));
    }

    private ConsoleAppender<ILoggingEvent> console() {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setName("console");
        console.setTarget("System.err");
        return console;
    }

    private OutputStreamAppender<ILoggingEvent> started(OutputStreamAppender<ILoggingEvent> appender, boolean traces) {
        LineLayout layout = new LineLayout(traces);
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        appender.setEncoder(encoder);
        appender.start();
        return appender;
    }

    private Logger root() {
        return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
