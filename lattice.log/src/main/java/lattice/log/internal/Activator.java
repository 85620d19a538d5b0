package lattice.log.internal;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.nio.file.Path;
import java.util.Optional;
import org.osgi.annotation.bundle.Capability;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.log.LogService;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Opens the log when the bundle starts: before Declarative Services, so that what they say is in it. Settings are
 * framework properties: {@code lattice.home}; {@code lattice.log.level} (INFO); {@code lattice.shell.mode}, for where
 * there is no shell, warnings go to the console as well; {@code lattice.log.console}, if it is {@code all}, so does
 * everything.
 */
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
@Capability(namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"org.osgi.service.log.LogService,org.osgi.service.log.LoggerFactory\"")
public final class Activator implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        LogSetup setup = new LogSetup((LoggerContext) LoggerFactory.getILoggerFactory());
        setup.level(Level.toLevel(context.getProperty("lattice.log.level"), Level.INFO));
        Optional<Path> directory = directory(context);
        directory.ifPresent(setup::toFile);
        if ("all".equals(context.getProperty("lattice.log.console"))) {
            setup.allToConsole();
        } else if (directory.isEmpty() || "none".equals(context.getProperty("lattice.shell.mode"))) {
            setup.warningsToConsole();
        }
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        context.registerService(
                new String[] {LogService.class.getName(), org.osgi.service.log.LoggerFactory.class.getName()},
                OsgiLogService.factory(), null);
    }

    @Override
    public void stop(BundleContext context) {
        SLF4JBridgeHandler.uninstall();
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    static Optional<Path> directory(BundleContext context) {
        return Optional.ofNullable(context.getProperty("lattice.home")).map(home -> Path.of(home, "logs"));
    }
}
