package lattice.registry.internal.provider;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceProvider;
import lattice.consent.ProviderIdentity;
import lattice.registry.process.ExternalProvider;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows provider services by their references. It gets none of them by itself, so none is constructed by it. */
public final class ProviderTracker implements Providers, ServiceListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProviderTracker.class);

    /** What a reference says, read once and only when asked for: bundles start sooner that way. */
    private static final class Reading {
        private final ServiceReference<ServiceProvider> reference;
        private Optional<Provider> provider;

        Reading(ServiceReference<ServiceProvider> reference) {
            this.reference = reference;
        }

        synchronized Optional<Provider> provider() {
            if (provider == null) {
                provider = read(reference);
            }
            return provider;
        }
    }

    private final BundleContext context;
    private final Runnable changed;
    private final Consumer<ServiceReference<ServiceProvider>> leaving;
    private final Map<ServiceReference<ServiceProvider>, Reading> known = new ConcurrentHashMap<>();

    /**
     * Starts to follow.
     *
     * @param changed called when a provider came, changed or left
     * @param leaving called while a provider leaves; it is gone when the call returns
     */
    public ProviderTracker(BundleContext context, Runnable changed,
            Consumer<ServiceReference<ServiceProvider>> leaving) {
        this.context = context;
        this.changed = changed;
        this.leaving = leaving;
    }

    public void open() {
        try {
            context.addServiceListener(this, "(" + Constants.OBJECTCLASS + "=" + ServiceProvider.class.getName() + ")");
            for (ServiceReference<ServiceProvider> reference : context.getServiceReferences(ServiceProvider.class,
                    null)) {
                known.putIfAbsent(reference, new Reading(reference));
                if (reference.getBundle() == null) {
                    known.remove(reference);
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        context.removeServiceListener(this);
        known.clear();
    }

    @Override
    @SuppressWarnings("unchecked") // the listener's filter is by that class
    public void serviceChanged(ServiceEvent event) {
        ServiceReference<ServiceProvider> reference = (ServiceReference<ServiceProvider>) event.getServiceReference();
        switch (event.getType()) {
            case ServiceEvent.REGISTERED, ServiceEvent.MODIFIED -> {
                known.put(reference, new Reading(reference));
                changed.run();
            }
            case ServiceEvent.UNREGISTERING -> {
                known.remove(reference);
                leaving.accept(reference);
            }
            default -> LOG.debug("A service event of type {} is of no interest.", event.getType());
        }
    }

    @Override
    public SortedMap<ServiceId, List<Provider>> all() {
        SortedMap<ServiceId, List<Provider>> all = new TreeMap<>();
        for (Reading reading : known.values()) {
            reading.provider().ifPresent(found -> all.computeIfAbsent(found.id(), id -> new ArrayList<>()).add(found));
        }
        all.values().forEach(list -> list.sort(Comparator.comparing(Provider::reference)));
        return all;
    }

    @Override
    public ServiceProvider get(ServiceReference<ServiceProvider> reference) {
        return context.getService(reference);
    }

    @Override
    public void unget(ServiceReference<ServiceProvider> reference) {
        try {
            context.ungetService(reference);
        } catch (IllegalStateException e) {
            LOG.debug("This bundle has stopped, and with it all its services were let go of.", e);
        }
    }

    private static Optional<Provider> read(ServiceReference<ServiceProvider> reference) {
        Bundle bundle = reference.getBundle();
        if (bundle == null) {
            return Optional.empty();
        }
        Object name = reference.getProperty(ServiceProvider.ID);
        try {
            ServiceId id = new ServiceId(String.valueOf(name));
            boolean external = reference.getProperty(ExternalProvider.ORIGIN) != null;
            Provider.Reading descriptor = DescriptorReader.read(reference, id);
            if (descriptor instanceof Provider.Unusable unusable) {
                LOG.warn("{} can't be run. {}", id, unusable.problem());
            }
            return Optional.of(new Provider(reference, id, external ? externalIdentity(reference, bundle) : identity(bundle),
                    descriptor, external));
        } catch (IllegalArgumentException e) {
            LOG.warn("Bundle {} has a provider whose property {} is no service id, so it is ignored: {}",
                    bundle.getSymbolicName(), ServiceProvider.ID, e.getMessage());
            return Optional.empty();
        }
    }

    /** Pinned by place alone: a signature on the bundle that registers it says nothing about what it runs. */
    private static ProviderIdentity externalIdentity(ServiceReference<ServiceProvider> reference, Bundle bundle) {
        return new ProviderIdentity(String.valueOf(bundle.getSymbolicName()), bundle.getVersion().toString(),
                bundle.getLocation() + " " + reference.getProperty(ExternalProvider.ORIGIN), Set.of());
    }

    private static ProviderIdentity identity(Bundle bundle) {
        Collection<X509Certificate> certificates = bundle.getSignerCertificates(Bundle.SIGNERS_TRUSTED).keySet();
        Set<String> signers = certificates.stream().map(ProviderTracker::fingerprint).collect(Collectors.toSet());
        return new ProviderIdentity(String.valueOf(bundle.getSymbolicName()), bundle.getVersion().toString(),
                bundle.getLocation(), signers);
    }

    private static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            throw new IllegalStateException("A bundle's certificate can't be encoded.", e);
        }
    }
}
