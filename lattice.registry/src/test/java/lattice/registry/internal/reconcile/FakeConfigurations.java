package lattice.registry.internal.reconcile;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.SynchronousConfigurationListener;

/** As much of Config Admin, in memory, as consents need. */
final class FakeConfigurations {
    private final SortedMap<String, Dictionary<String, Object>> stored = new TreeMap<>();
    private final List<SynchronousConfigurationListener> listeners = new ArrayList<>();
    private boolean broken;

    Runnable listen(SynchronousConfigurationListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** From now on nothing can be read. */
    void breakDown() {
        broken = true;
        listeners.forEach(listener -> listener.configurationEvent(event("lattice.consent~x",
                ConfigurationEvent.CM_UPDATED)));
    }

    ConfigurationAdmin admin() {
        return (ConfigurationAdmin) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { ConfigurationAdmin.class }, (proxy, method, arguments) -> switch (method.getName()) {
                    case "listConfigurations" -> list((String) arguments[0]);
                    case "getFactoryConfiguration" -> configuration(arguments[0] + "~" + arguments[1]);
                    default -> throw new UnsupportedOperationException(method.toString());
                });
    }

    private Configuration[] list(String filter) throws Exception {
        if (broken) {
            throw new java.io.IOException("The disk is gone.");
        }
        List<Configuration> found = new ArrayList<>();
        for (String pid : stored.keySet()) {
            if (FrameworkUtil.createFilter(filter).match(stored.get(pid))) {
                found.add(configuration(pid));
            }
        }
        return found.isEmpty() ? null : found.toArray(Configuration[]::new);
    }

    private Configuration configuration(String pid) {
        return (Configuration) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { Configuration.class }, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getPid" -> pid;
                    case "getProperties" -> stored.get(pid);
                    case "update" -> {
                        @SuppressWarnings("unchecked") // that is what the method takes
                        Dictionary<String, Object> given = (Dictionary<String, Object>) arguments[0];
                        Dictionary<String, Object> copy = new Hashtable<>();
                        Collections.list(given.keys()).forEach(key -> copy.put(key, given.get(key)));
                        copy.put("service.pid", pid);
                        copy.put("service.factoryPid", pid.substring(0, pid.indexOf('~')));
                        stored.put(pid, copy);
                        tell(pid, ConfigurationEvent.CM_UPDATED);
                        yield null;
                    }
                    case "delete" -> {
                        stored.remove(pid);
                        tell(pid, ConfigurationEvent.CM_DELETED);
                        yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.toString());
                });
    }

    private void tell(String pid, int type) {
        List.copyOf(listeners).forEach(listener -> listener.configurationEvent(event(pid, type)));
    }

    private static ConfigurationEvent event(String pid, int type) {
        ServiceReference<ConfigurationAdmin> reference = FakeProvider.reference("configurations");
        return new ConfigurationEvent(reference, type, pid.substring(0, pid.indexOf('~')), pid);
    }
}
