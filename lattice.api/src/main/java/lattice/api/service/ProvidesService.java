package lattice.api.service;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.service.component.annotations.ComponentPropertyType;

/** Sets the service properties of a {@link ServiceProvider}. */
@ComponentPropertyType
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface ProvidesService {
    String PREFIX_ = "lattice.service.";

    /** The id of the service. */
    String id();

    /** The path of its descriptor in the bundle. */
    String descriptor();
}
