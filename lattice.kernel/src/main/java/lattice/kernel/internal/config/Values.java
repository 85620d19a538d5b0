package lattice.kernel.internal.config;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;

/**
 * Configurations as bytes, each value with its type, so that what Config Admin reads is of the types that it wrote.
 *
 * <pre>
 * configuration := version:u8 = 1 count:varint (name:text value)*
 * value  := type:u8 scalar                                        1 String ... 9 Character, see {@link Type}
 *         | 20 type:u8 count:varint scalar*                       array of objects of that type
 *         | 21 type:u8 count:varint scalar*                       array of primitives of that type
 *         | 22 count:varint value*                                collection
 * </pre>
 */
public final class Values {
    private static final int VERSION = 1;
    private static final int ARRAY = 20;
    private static final int PRIMITIVES = 21;
    private static final int COLLECTION = 22;
    private static final int MAX_TEXT = 1024 * 1024;
    private static final int MAX_DEPTH = 8;

    /** The types that a configuration may hold (OSGi Compendium 8, 104.4.2). */
    private enum Type {
        STRING(String.class, null), BOOLEAN(Boolean.class, boolean.class), BYTE(Byte.class, byte.class),
        SHORT(Short.class, short.class), INTEGER(Integer.class, int.class), LONG(Long.class, long.class),
        FLOAT(Float.class, float.class), DOUBLE(Double.class, double.class), CHARACTER(Character.class, char.class);

        private final Class<?> boxed;
        private final Class<?> primitive;

        Type(Class<?> boxed, Class<?> primitive) {
            this.boxed = boxed;
            this.primitive = primitive;
        }

        static Type of(Class<?> type) {
            for (Type known : values()) {
                if (known.boxed == type || known.primitive == type) {
                    return known;
                }
            }
            throw new IllegalArgumentException("A configuration can't hold a " + type.getName() + ".");
        }

        static Type ofCode(int code) throws FormatException {
            if (code < 1 || code > values().length) {
                throw new FormatException("a value is of unknown type " + code);
            }
            return values()[code - 1];
        }

        int code() {
            return ordinal() + 1;
        }
    }

    private Values() {
    }

    /** @throws IllegalArgumentException if there is a value of a type that a configuration can't hold */
    public static byte[] encode(Dictionary<?, ?> configuration) {
        ByteWriter out = new ByteWriter(512);
        out.u8(VERSION).varint(configuration.size());
        for (Object name : Collections.list(configuration.keys())) {
            out.text((String) name);
            encode(configuration.get(name), out);
        }
        return out.toBytes();
    }

    private static void encode(Object value, ByteWriter out) {
        if (value instanceof Collection<?> collection) {
            out.u8(COLLECTION).varint(collection.size());
            collection.forEach(element -> encode(element, out));
        } else if (value.getClass().isArray()) {
            Class<?> component = value.getClass().getComponentType();
            int length = Array.getLength(value);
            Type type = Type.of(component);
            out.u8(component.isPrimitive() ? PRIMITIVES : ARRAY).u8(type.code()).varint(length);
            for (int i = 0; i < length; i++) {
                scalar(type, Array.get(value, i), out);
            }
        } else {
            Type type = Type.of(value.getClass());
            out.u8(type.code());
            scalar(type, value, out);
        }
    }

    private static void scalar(Type type, Object value, ByteWriter out) {
        switch (type) {
            case STRING -> out.text((String) value);
            case BOOLEAN -> out.u8((Boolean) value ? 1 : 0);
            case BYTE -> out.u8((Byte) value);
            case SHORT -> out.u8((Short) value >> 8).u8((Short) value);
            case INTEGER -> out.u32((Integer) value);
            case LONG -> out.u64((Long) value);
            case FLOAT -> out.u32(Float.floatToRawIntBits((Float) value));
            case DOUBLE -> out.u64(Double.doubleToRawLongBits((Double) value));
            case CHARACTER -> out.u8((Character) value >> 8).u8((Character) value);
        }
    }

    public static Dictionary<String, Object> decode(byte[] bytes) throws FormatException {
        ByteReader in = new ByteReader(bytes);
        int version = in.u8();
        if (version != VERSION) {
            throw new FormatException("it is of format " + version + ", this node knows format " + VERSION);
        }
        int count = in.varint(in.remaining());
        Dictionary<String, Object> configuration = new Hashtable<>();
        for (int i = 0; i < count; i++) {
            configuration.put(in.text(MAX_TEXT), decode(in, 0));
        }
        in.expectEnd("it");
        return configuration;
    }

    private static Object decode(ByteReader in, int depth) throws FormatException {
        int code = in.u8();
        switch (code) {
            case ARRAY, PRIMITIVES -> {
                Type type = Type.ofCode(in.u8());
                int length = in.varint(in.remaining());
                if (code == PRIMITIVES && type.primitive == null) {
                    throw new FormatException("there is an array of primitive texts");
                }
                Object array = Array.newInstance(code == PRIMITIVES ? type.primitive : type.boxed, length);
                for (int i = 0; i < length; i++) {
                    Array.set(array, i, scalar(type, in));
                }
                return array;
            }
            case COLLECTION -> {
                if (depth == MAX_DEPTH) {
                    throw new FormatException("collections are nested too deep");
                }
                int length = in.varint(in.remaining());
                List<Object> collection = new ArrayList<>();
                for (int i = 0; i < length; i++) {
                    collection.add(decode(in, depth + 1));
                }
                return collection;
            }
            default -> {
                return scalar(Type.ofCode(code), in);
            }
        }
    }

    private static Object scalar(Type type, ByteReader in) throws FormatException {
        return switch (type) {
            case STRING -> in.text(MAX_TEXT);
            case BOOLEAN -> in.u8() != 0;
            case BYTE -> (byte) in.u8();
            case SHORT -> (short) (in.u8() << 8 | in.u8());
            case INTEGER -> in.u32();
            case LONG -> in.u64();
            case FLOAT -> Float.intBitsToFloat(in.u32());
            case DOUBLE -> Double.longBitsToDouble(in.u64());
            case CHARACTER -> (char) (in.u8() << 8 | in.u8());
        };
    }
}
