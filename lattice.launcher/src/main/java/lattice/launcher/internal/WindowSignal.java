package lattice.launcher.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Tells when the window of the terminal changes its size. Java has no public way to hear of signals; what the JDK has in
 * {@code jdk.unsupported} is asked for by name, as other libraries for terminals do, and done without if it is not there.
 */
final class WindowSignal {
    private WindowSignal() {
    }

    static void onChange(Runnable changed) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler handling = (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    changed.run();
                    yield null;
                }
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "WindowSignal";
            };
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance("WINCH"),
                    Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, handling));
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // Without it the shell keeps the size that it began with.
            return;
        }
    }
}
