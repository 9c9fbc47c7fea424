import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.epics.pva.client.PVAChannel;
import org.epics.pva.client.PVAClient;
import org.epics.pva.data.*;
import org.epics.pva.server.PVAServer;
import org.epics.pva.server.ServerPV;
import org.json.JSONArray;
import org.json.JSONObject;

/**
 * core-pva, the PVAccess of Phoebus, driven by tests: one JSON object a line, as jsonlines.py describes it. Started with
 * "client" or "server"; configured by EPICS_PVA_* and EPICS_PVAS_* in its environment.
 */
public class PvaPeer {
    private static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final Map<String, PVAChannel> channels = new ConcurrentHashMap<>();
    private static final Map<String, AutoCloseable> subscriptions = new ConcurrentHashMap<>();
    private static final Map<String, ServerPV> served = new ConcurrentHashMap<>();
    private static final Map<String, JSONArray> specs = new ConcurrentHashMap<>();
    private static final long LIMIT = 15; // seconds
    private static PVAClient client;
    private static PVAServer server;

    // On a lock of its own: listeners call it while channel() waits for the connection.
    private static void send(JSONObject message) {
        synchronized (out) {
            out.println(message);
        }
    }

    public static void main(String[] args) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        if (args[0].equals("server"))
            server = new PVAServer();
        else
            client = new PVAClient();
        send(new JSONObject().put("event", "ready"));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            JSONObject request = new JSONObject(line);
            Thread t = new Thread(() -> answer(request));
            t.setDaemon(true);
            t.start();
        }
        System.exit(0);
    }

    private static void answer(JSONObject request) {
        JSONObject reply = new JSONObject().put("id", request.getInt("id"));
        try {
            Object ok = perform(request.getString("op"), request);
            reply.put("ok", ok == null ? JSONObject.NULL : ok);
        } catch (Throwable e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            reply.put("error", String.valueOf(cause.getMessage())).put("kind", cause.getClass().getSimpleName());
        }
        send(reply);
    }

    private static Object perform(String op, JSONObject r) throws Exception {
        String pv = r.optString("pv");
        switch (op) {
        case "get":
            return seen(channel(pv).read("").get(LIMIT, TimeUnit.SECONDS));
        case "info":
            return new JSONObject().put("text", channel(pv).info("").get(LIMIT, TimeUnit.SECONDS).formatType());
        case "put": { // of one field: it writes no more at once
            JSONArray field = r.getJSONArray("spec").getJSONArray(2).getJSONArray(0);
            String name = field.getString(0);
            channel(pv).write(false, name, plain(field.getString(1), r.getJSONObject("value").get(name))).get(LIMIT, TimeUnit.SECONDS);
            return null;
        }
        case "rpc": {
            PVAStructure result = channel(pv).invoke((PVAStructure) build("request", r.getJSONArray("spec"), r.getJSONObject("value")))
                    .get(LIMIT, TimeUnit.SECONDS);
            return seen(result);
        }
        case "monitor":
            subscriptions.put(pv, channel(pv).subscribe("", r.optInt("pipeline"), (ch, changes, overruns, data) -> {
                JSONObject event = new JSONObject().put("event", "update").put("pv", pv);
                if (data == null)
                    event.put("state", "disconnected");
                else
                    merge(event.put("state", "value"), seen(data));
                send(event);
            }));
            return null;
        case "close":
            subscriptions.remove(pv).close();
            return null;
        case "open": {
            specs.put(pv, r.getJSONArray("spec"));
            PVAStructure initial = (PVAStructure) build(pv, specs.get(pv), r.getJSONObject("value"));
            served.put(pv, server.createPV(pv, initial, (tcp, target, changes, written) -> wrote(pv, r.optString("mode"), target, written)));
            return null;
        }
        case "rpcs":
            server.createPV("echo", argument -> argument);
            server.createPV("refuses", argument -> {
                throw new Exception("core-pva says no");
            });
            return null;
        case "post":
            served.get(pv).update((PVAStructure) build(pv, specs.get(pv), r.getJSONObject("value")));
            return null;
        case "port":
            return server.getTCPAddress(false).getPort();
        default:
            throw new Exception("what is " + op + "?");
        }
    }

    private static void wrote(String pv, String mode, ServerPV target, PVAStructure written) throws Exception {
        if (mode.equals("refuse"))
            throw new Exception("core-pva says no");
        JSONObject event = new JSONObject().put("event", "put").put("pv", pv);
        merge(event, seen(written));
        target.update(written);
        send(event);
    }

    private static void merge(JSONObject into, JSONObject from) {
        for (String key : from.keySet())
            into.put(key, from.get(key));
    }

    private static synchronized PVAChannel channel(String pv) throws Exception {
        PVAChannel c = channels.get(pv);
        if (c == null) {
            c = client.getChannel(pv, (ch, state) -> send(new JSONObject().put("event", "channel").put("pv", pv).put("state", state.name())));
            channels.put(pv, c);
        }
        c.connect().get(LIMIT, TimeUnit.SECONDS);
        return c;
    }

    private static JSONObject seen(PVAStructure s) {
        return new JSONObject().put("id", s.getStructureName()).put("value", encode(s));
    }

    // --- PVA to JSON -------------------------------------------------------------------------------------------

    private static Object real(double x) {
        if (Double.isNaN(x))
            return "NaN";
        return Double.isInfinite(x) ? (x > 0 ? "Infinity" : "-Infinity") : (Object) x;
    }

    private static Object encode(PVAData d) {
        if (d == null)
            return JSONObject.NULL;
        if (d instanceof PVAStructure) {
            JSONObject o = new JSONObject();
            for (PVAData member : ((PVAStructure) d).get())
                o.put(member.getName(), encode(member));
            return o;
        }
        if (d instanceof PVAUnion) {
            PVAUnion u = (PVAUnion) d;
            if (u.getSelector() < 0)
                return JSONObject.NULL;
            PVAData chosen = u.get();
            String name = u.getOptions().get(u.getSelector()).getName();
            return new JSONObject().put("select", name).put("value", encode(chosen));
        }
        if (d instanceof PVAny)
            return encode((PVAData) ((PVAny) d).get());
        JSONArray list = new JSONArray();
        if (d instanceof PVAStructureArray)
            for (PVAStructure e : ((PVAStructureArray) d).get())
                list.put(encode(e));
        else if (d instanceof PVAAnyArray)
            for (PVAny e : ((PVAAnyArray) d).get())
                list.put(encode(e));
        else if (d instanceof PVAStringArray)
            for (String e : ((PVAStringArray) d).get())
                list.put(e);
        else if (d instanceof PVABoolArray)
            for (boolean e : ((PVABoolArray) d).get())
                list.put(e);
        else if (d instanceof PVAByteArray)
            for (byte e : ((PVAByteArray) d).get())
                list.put(((PVAByteArray) d).isUnsigned() ? e & 0xff : e);
        else if (d instanceof PVAShortArray)
            for (short e : ((PVAShortArray) d).get())
                list.put(((PVAShortArray) d).isUnsigned() ? e & 0xffff : e);
        else if (d instanceof PVAIntArray)
            for (int e : ((PVAIntArray) d).get())
                list.put(((PVAIntArray) d).isUnsigned() ? Integer.toUnsignedLong(e) : e);
        else if (d instanceof PVALongArray)
            for (long e : ((PVALongArray) d).get())
                list.put(((PVALongArray) d).isUnsigned() ? Long.toUnsignedString(e) : Long.toString(e));
        else if (d instanceof PVAFloatArray)
            for (float e : ((PVAFloatArray) d).get())
                list.put(real(e));
        else if (d instanceof PVADoubleArray)
            for (double e : ((PVADoubleArray) d).get())
                list.put(real(e));
        else
            return scalar(d);
        return list;
    }

    private static Object scalar(PVAData d) {
        if (d instanceof PVABool)
            return ((PVABool) d).get();
        if (d instanceof PVAString)
            return ((PVAString) d).get() == null ? "" : ((PVAString) d).get();
        if (d instanceof PVAByte)
            return ((PVAByte) d).isUnsigned() ? ((PVAByte) d).get() & 0xff : ((PVAByte) d).get();
        if (d instanceof PVAShort)
            return ((PVAShort) d).isUnsigned() ? ((PVAShort) d).get() & 0xffff : ((PVAShort) d).get();
        if (d instanceof PVAInt)
            return ((PVAInt) d).isUnsigned() ? Integer.toUnsignedLong(((PVAInt) d).get()) : ((PVAInt) d).get();
        if (d instanceof PVALong)
            return ((PVALong) d).isUnsigned() ? Long.toUnsignedString(((PVALong) d).get()) : Long.toString(((PVALong) d).get());
        if (d instanceof PVAFloat)
            return real(((PVAFloat) d).get());
        if (d instanceof PVADouble)
            return real(((PVADouble) d).get());
        throw new IllegalArgumentException("no JSON for " + d.getClass());
    }

    // --- JSON to PVA -------------------------------------------------------------------------------------------

    private static long integer(Object x) {
        return new BigInteger(String.valueOf(x)).longValue();
    }

    private static double real(Object x) {
        return Double.parseDouble(String.valueOf(x));
    }

    /** What PVAChannel.write() takes for a scalar or array. */
    private static Object plain(String spec, Object x) throws Exception {
        PVAData d = (PVAData) build("x", spec, x);
        if (d instanceof PVAString)
            return ((PVAString) d).get();
        if (d instanceof PVABool)
            return ((PVABool) d).get();
        if (d instanceof PVANumber)
            return ((PVANumber) d).getNumber();
        return d.getClass().getMethod("get").invoke(d);
    }

    private static PVAData build(String name, Object spec, Object x) throws Exception {
        if (spec instanceof String) {
            String code = (String) spec;
            if (code.equals("v"))
                return x == null ? new PVAny(name) : new PVAny(name, guess(x));
            if (code.equals("av")) {
                List<PVAny> list = new ArrayList<>();
                if (x != null)
                    for (Object e : (JSONArray) x)
                        list.add(new PVAny("", guess(e)));
                return new PVAAnyArray(name, list.toArray(new PVAny[0]));
            }
            return code.startsWith("a") ? array(name, code.charAt(1), x) : scalar(name, code.charAt(0), x);
        }
        JSONArray s = (JSONArray) spec;
        String kind = s.getString(0), id = s.isNull(1) ? "" : s.getString(1);
        List<PVAData> members = new ArrayList<>();
        JSONObject o = kind.equals("S") && x != null ? (JSONObject) x : new JSONObject();
        for (int i = 0; i < s.getJSONArray(2).length(); i++) {
            JSONArray m = s.getJSONArray(2).getJSONArray(i);
            members.add(build(m.getString(0), m.get(1), o.opt(m.getString(0))));
        }
        if (kind.equals("S"))
            return new PVAStructure(name, id, members);
        if (kind.equals("aS")) {
            PVAStructure type = new PVAStructure(name, id, members);
            List<PVAStructure> list = new ArrayList<>();
            if (x != null)
                for (Object e : (JSONArray) x)
                    list.add(JSONObject.NULL.equals(e) ? null : (PVAStructure) build("", new JSONArray().put("S").put(id).put(s.getJSONArray(2)), e));
            return new PVAStructureArray(name, type, list.toArray(new PVAStructure[0]));
        }
        if (kind.equals("U")) {
            int selected = -1;
            if (x instanceof JSONObject)
                for (int i = 0; i < members.size(); i++)
                    if (members.get(i).getName().equals(((JSONObject) x).getString("select"))) {
                        selected = i;
                        members.set(i, build(members.get(i).getName(), s.getJSONArray(2).getJSONArray(i).get(1), ((JSONObject) x).get("value")));
                    }
            return new PVAUnion(name, id, selected, members);
        }
        throw new Exception("core-pva has no " + kind);
    }

    private static PVAData guess(Object x) {
        if (x instanceof String)
            return new PVAString("any", (String) x);
        if (x instanceof Integer || x instanceof Long)
            return new PVALong("any", false, ((Number) x).longValue());
        return new PVADouble("any", ((Number) x).doubleValue());
    }

    private static PVAData scalar(String name, char code, Object x) throws Exception {
        boolean unsigned = Character.isUpperCase(code);
        switch (Character.toLowerCase(code)) {
        case '?':
            return new PVABool(name, x != null && (Boolean) x);
        case 's':
            return new PVAString(name, x == null ? "" : (String) x);
        case 'f':
            return new PVAFloat(name, x == null ? 0 : (float) real(x));
        case 'd':
            return new PVADouble(name, x == null ? 0 : real(x));
        case 'b':
            return new PVAByte(name, unsigned, x == null ? 0 : (byte) integer(x));
        case 'h':
            return new PVAShort(name, unsigned, x == null ? 0 : (short) integer(x));
        case 'i':
            return new PVAInt(name, unsigned, x == null ? 0 : (int) integer(x));
        case 'l':
            return new PVALong(name, unsigned, x == null ? 0 : integer(x));
        default:
            throw new Exception("what is " + code + "?");
        }
    }

    private static PVAData array(String name, char code, Object x) throws Exception {
        JSONArray list = x == null ? new JSONArray() : (JSONArray) x;
        int n = list.length();
        boolean unsigned = Character.isUpperCase(code);
        switch (Character.toLowerCase(code)) {
        case '?': {
            boolean[] a = new boolean[n];
            for (int i = 0; i < n; i++)
                a[i] = list.getBoolean(i);
            return new PVABoolArray(name, a);
        }
        case 's': {
            String[] a = new String[n];
            for (int i = 0; i < n; i++)
                a[i] = list.getString(i);
            return new PVAStringArray(name, a);
        }
        case 'f': {
            float[] a = new float[n];
            for (int i = 0; i < n; i++)
                a[i] = (float) real(list.get(i));
            return new PVAFloatArray(name, a);
        }
        case 'd': {
            double[] a = new double[n];
            for (int i = 0; i < n; i++)
                a[i] = real(list.get(i));
            return new PVADoubleArray(name, a);
        }
        case 'b': {
            byte[] a = new byte[n];
            for (int i = 0; i < n; i++)
                a[i] = (byte) integer(list.get(i));
            return new PVAByteArray(name, unsigned, a);
        }
        case 'h': {
            short[] a = new short[n];
            for (int i = 0; i < n; i++)
                a[i] = (short) integer(list.get(i));
            return new PVAShortArray(name, unsigned, a);
        }
        case 'i': {
            int[] a = new int[n];
            for (int i = 0; i < n; i++)
                a[i] = (int) integer(list.get(i));
            return new PVAIntArray(name, unsigned, a);
        }
        case 'l': {
            long[] a = new long[n];
            for (int i = 0; i < n; i++)
                a[i] = integer(list.get(i));
            return new PVALongArray(name, unsigned, a);
        }
        default:
            throw new Exception("core-pva has no array of " + code);
        }
    }
}
