package lattice.registry.internal.reconcile;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import lattice.api.service.ServiceContext;
import lattice.consent.ProviderIdentity;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.descriptor.DescriptorFormat;
import lattice.registry.internal.provider.Provider;
import org.osgi.framework.ServiceReference;

/** A provider whose factory is a lambda of the test, and which counts what is done with it. */
final class FakeProvider {
    static final String SCHEMA = """
            {"type":"object","additionalProperties":false,"properties":{
              "port":{"type":"integer","minimum":0,"maximum":65535,"default":7000,"sensitive":true},
              "name":{"type":"string","default":"x"}}}""";

    /** Makes an instance. */
    interface Factory {
        ServiceInstance create(ServiceContext context) throws Exception;
    }

    final AtomicInteger got = new AtomicInteger();
    final AtomicInteger created = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final Provider provider;
    volatile Factory factory;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    FakeProvider(String id, String location, Factory factory) {
        this(id, location, "{\"read\":[],\"write\":[]}", factory);
    }

    FakeProvider(String id, String location, String acl, Factory factory) {
        this.factory = factory;
        String json = """
                {"v":1,"id":"%s","title":"Test","version":"1","publisher":"Nobody","policy":{"type":"Global"},
                 "schema":%s,"acl":%s}""".formatted(id, SCHEMA, acl);
        try {
            var descriptor = DescriptorFormat.read(json.getBytes(StandardCharsets.UTF_8));
            provider = new Provider(reference(id), descriptor.id(),
                    new ProviderIdentity("bundle." + id, "1.0.0", location, Set.of()), new Provider.Read(descriptor), false);
        } catch (FormatException e) {
            throw new IllegalArgumentException(e);
        }
    }

    ServiceProvider service() {
        got.incrementAndGet();
        return context -> {
            created.incrementAndGet();
            ServiceInstance instance = factory.create(context);
            return new ServiceInstance() {
                @Override
                public boolean reconfigure(lattice.api.service.ServiceConfig config) throws Exception {
                    return instance.reconfigure(config);
                }

                @Override
                public void close() throws Exception {
                    closed.incrementAndGet();
                    instance.close();
                }
            };
        };
    }

    @SuppressWarnings("unchecked") // a proxy has no type parameter
    static <T> ServiceReference<T> reference(String name) {
        long number = NUMBERS.incrementAndGet();
        return (ServiceReference<T>) Proxy.newProxyInstance(FakeProvider.class.getClassLoader(),
                new Class<?>[] { ServiceReference.class }, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getProperty" -> arguments[0].equals("service.id") ? number : null;
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "toString" -> name + "#" + number;
                    case "compareTo" -> Long.compare(number, (Long) ((ServiceReference<?>) arguments[0])
                            .getProperty("service.id"));
                    default -> throw new UnsupportedOperationException(method.toString());
                });
    }
}
