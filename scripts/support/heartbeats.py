"""Scenarios of the heartbeat: what halfopen says of connections that are pinged, or no longer are.

They take a minute or two each, because a connection must be silent for 35 s before it is suspected.
"""

import datetime
import json
import time

import cluster
from counters import ping_size, read_counters
from mesh import CURRENT, RESET, SETTLE, SKEW, DrainingPod, candidates, connection_of, expect, say
from watching import Watch

HEARD_NOW = 12  # A connection that was heard within so many seconds is alive.
SILENT_AFTER = 35
WITNESS = 28  # For so long a connection must have kept pinging before it is a witness.
PING_BYTES = 39  # A PING in TLS 1.3, and its answer.
PING = 11.5  # The longest pause between two pings of Envoy's, in seconds.
NOW = "current assumed heard-now idle"
NOT_YET = "undetermined - not-silent-long-enough idle"
UNKNOWN = "undetermined - pings-not-seen idle"
SUSPECTED = "silent suspected pings-missed idle"
CONFIRMED = "silent confirmed pings-missed idle"
EVERY_SECOND = ["--interval", "1s"]


def last_heard(lab, connection):
    """When the other end of a connection was last heard, in seconds since 1970."""
    _, answer = lab.verdicts()
    (moment,) = (
        finding["lastHeardAt"]
        for finding in json.loads(answer.stdout)["findings"]
        if connection_of(finding) == connection
    )
    return datetime.datetime.fromisoformat(moment).timestamp()


def each_second(seconds):
    """Goes on at each full second."""
    began = time.monotonic()
    for second in range(1, seconds + 1):
        yield second
        time.sleep(max(0, began + second - time.monotonic()))


def wait_for(seconds, what, holds):
    """Waits until something holds; says how many seconds it took."""
    for second in each_second(int(seconds)):
        if holds():
            return second
    expect(f"not within {seconds} s", f"within {seconds} s", what)


def wait_for_ping(lab, connection):
    """Waits for a ping that looks like one, so that nothing depends on how busy this machine is.

    If the proxy is late, a bare ACK goes before its answer. Who sees this does not know the ping.
    """
    for _ in range(60):
        before = counted(lab)[connection]
        time.sleep(1)
        after = counted(lab)[connection]
        is_prompt = after["lastsnd"] == after["lastrcv"] > 200
        if ping_size(before, after) == PING_BYTES and is_prompt:
            # A watch has seen it, too.
            time.sleep(1.2)
            return
    expect("no ping", "a ping", "what came in a minute")


def look_each_second(lab, seconds, *snapshot):
    """Looks with and without a snapshot; gives all candidates that were seen in either way."""
    seen = {}
    for _ in each_second(seconds):
        for options in filter(None, [snapshot, ("list",)]):
            seen |= candidates(lab.verdicts(*options)[0])
    return seen


def idle(lab):
    orders = lab.add_pod("orders-v1")
    for client in (lab.first, lab.second):
        client.open("orders", orders)
    say("Three connections are idle for two minutes. Nobody may say anything of them.")
    snapshot, before = lab.take_snapshot(lab.listing()), counted(lab)
    with (
        Watch(lab, *EVERY_SECOND) as alone,
        Watch(lab, "-s", lab.publish(), *EVERY_SECOND) as informed,
    ):
        expect(look_each_second(lab, 120, *snapshot), {}, "the candidates among the living")
        expect(alone.told + informed.told, [], "what the watches told")
    for connection, after in counted(lab).items():
        received, acked = (
            after[name] - before[connection][name] for name in ("bytes_received", "bytes_acked")
        )
        pings, rest = divmod(received, PING_BYTES)
        print(f"    {pings} pings on the connection from port {connection[1]}", flush=True)
        expect((rest, acked), (0, received), "the bytes besides pings, and those of the answers")
        expect(10 <= pings <= 12, True, "that a ping came every 10 to 11.5 s")


def counted(lab):
    """The kernel's counters of each connection."""
    return dict(read_counters(lab.waypoint.name))


def died_after_snapshot(lab):
    orders = lab.add_pod("orders-v1")
    lost = lab.first.open("orders", orders)
    with Watch(lab, "-s", lab.publish(), *EVERY_SECOND) as watch:
        cluster.wait_until(time.time() + SETTLE + SKEW + 2)
        say("A snapshot is taken. Half a minute later orders-v1 goes, and no other is taken.")
        old = lab.take_snapshot(lab.listing())
        lab.publish()
        cluster.wait_until(time.time() + WITNESS)
        wait_for_ping(lab, lost)
        orders.delete()
        heard = last_heard(lab, lost)
        lab.scan({lost: "current"}, *old)
        say("The snapshot still lists it, but its pings are missing.")
        cluster.wait_until(heard + SILENT_AFTER + 1)
        lab.scan({lost: SUSPECTED}, *old)
        say("The watch has seen the pings, and that another Pod of the node goes on with its own.")
        wait_for_confirmation(watch, lost)
        print(f"    {time.time() - heard:.0f} s after it was last heard", flush=True)
        expect(set(watch.candidates), {lost}, "what the watch tells of")
    say("And the next snapshot names what happened.")
    lab.scan({lost: "deleted confirmed unowned-pod-address idle"})


def kernel_only(lab):
    orders = lab.add_pod("orders-v1")
    lost = lab.first.open("orders", orders)
    wait_for_ping(lab, lost)
    say("orders-v1 goes. Nobody has a snapshot: there is only what the kernel knows.")
    orders.delete()
    heard = last_heard(lab, lost)
    lab.scan({lab.idle: NOW, lost: NOW}, "list")
    cluster.wait_until(heard + HEARD_NOW + 1)
    lab.scan({lab.idle: NOW, lost: NOT_YET}, "list")
    cluster.wait_until(heard + SILENT_AFTER + 1)
    lab.scan({lab.idle: NOW, lost: SUSPECTED}, "list")

    say("The proof: orders-v2 is given the address, and the next request is reset.")
    lab.add_pod("orders-v2")
    lab.first.request("orders", RESET)
    lab.first.request("orders", "200 orders-v2")


def wait_for_confirmation(watch, connection):
    """Waits until a watch has confirmed a connection; says how many seconds it took."""

    def is_confirmed():
        return any("confirmed" in judgement for judgement in watch.told_of(connection))

    # A witness must have kept pinging for a while, and may be late, too.
    return wait_for(150, "that a watch confirms it", is_confirmed)


def replace(lab, watch):
    """A Pod is replaced, and one of two worker threads is connected to the next; gives both.

    Waits until the watch has confirmed the other's connection, or closed it.
    """
    orders = lab.add_pod("orders-v1")
    stale = lab.first.open("orders", orders)
    with watch:
        cluster.wait_until(time.time() + 2 * PING)
        wait_for_ping(lab, stale)
        say("orders-v1 is replaced, and one worker thread opens a connection to orders-v2.")
        orders.delete()
        orders = lab.add_pod("orders-v2")
        fresh = lab.second.open("orders", orders)
        took = wait_for_confirmation(watch, stale)
        say(f"{took} s later the watch knows, without a snapshot, that the other's is stale:")
        print(*watch.told_of(stale), sep="\n", flush=True)
        cluster.wait_until(time.time() + 2)
    expect({connection for connection, _ in watch.told}, {stale}, "what the watch told of")
    return stale, fresh


def heartbeat_workers(lab):
    _, fresh = replace(lab, Watch(lab, *EVERY_SECOND))
    say("One worker's next request is reset, and no other.")
    lab.second.request("orders", "200 orders-v2")
    expect(fresh in lab.connections(), True, "that the fresh connection is used")
    lab.first.request("orders", RESET)


def heartbeat_reaped(lab):
    results = []
    reaping = [*EVERY_SECOND, "--reap", "--yes", "--yes"]
    watch = Watch(lab, *reaping, take=lambda event: results.append(event["result"]))
    stale, _ = replace(lab, watch)
    expect("destroyed" in results, True, "that the stale connection is destroyed")
    expect(stale in lab.connections(), False, "that the stale connection is there")
    say("It was closed, so the next request opens another.")
    lab.first.open("orders", lab.pods[-1])
    lab.second.request("orders", "200 orders-v2")


def stop_for(lab, seconds):
    """A Pod on a node of its own is stopped for a while; gives what was told of it."""
    search = lab.add_pod("search-v1", "search")
    stopped = lab.first.open("search", search)
    snapshot = lab.take_snapshot(lab.listing())
    with Watch(lab, *EVERY_SECOND) as alone, Watch(
        lab, "-s", lab.publish(), *EVERY_SECOND
    ) as informed:
        cluster.wait_until(time.time() + WITNESS)
        wait_for_ping(lab, stopped)
        say(f"The node of search-v1 is stopped for {seconds} s.")
        search.stop()
        seen = look_each_second(lab, seconds, *snapshot)
        search.resume()
        say("It goes on, and its next ping comes.")
        wait_for(
            2 * PING,
            "that no watch tells of a candidate",
            lambda: not alone.candidates and not informed.candidates,
        )
        expect(candidates(lab.verdicts("list")[0]), {}, "the candidates")
        lab.first.request("search", "200 search-v1")
        expect(stopped in lab.connections(), True, "that the connection lives")
        return set(seen.values()), set(alone.told_of(stopped) + informed.told_of(stopped))


def stopped_briefly(lab):
    expect(stop_for(lab, 15), (set(), set()), "what is said of a node that is stopped for 15 s")


def stopped_long(lab):
    seen, told = stop_for(lab, 60)
    print(*seen, *told, sep="\n", flush=True)
    expect(seen, {SUSPECTED}, "what is seen of a node that is stopped for a minute")
    expect(told, {SUSPECTED.removesuffix(" idle")}, "what the watches tell of it")


def draining(lab):
    usual = lab.add_pod("orders-v1", "orders", kind=DrainingPod, grace=25)
    patient = lab.add_pod("search-v1", "search", kind=DrainingPod, grace=65)
    old = {service: lab.first.leave_open(service, "/silent") for service in ("orders", "search")}
    snapshot = lab.take_snapshot(lab.listing())
    with Watch(lab, *EVERY_SECOND) as alone, Watch(
        lab, "-s", lab.publish(), *EVERY_SECOND
    ) as informed:
        cluster.wait_until(time.time() + WITNESS + PING)
        say("Both ztunnels are replaced. The old ones drain: GOAWAY, no pings, and silent streams.")
        usual.drain()
        patient.drain()
        cluster.wait_until(time.time() + 1)
        lab.second.open("orders", usual)
        lab.second.open("search", patient)
        look_each_second(lab, 55, *snapshot)
        expect(old["search"] in lab.connections(), True, "that the old stream still is open")
        look_each_second(lab, 12, *snapshot)
        expect(set(old.values()) & lab.connections(), set(), "the old streams after the deadline")
        for watch in (alone, informed):
            told = {(end, text) for end, text in watch.told if "confirmed" in text}
            expect(told, set(), "what a watch confirms of living connections")
            expect(watch.told_of(old["orders"]), [], "what is told of the usual drain")


def without_pings(lab):
    orders = lab.add_pod("orders-v1")
    living = lab.first.open("orders", orders, "/slow")
    both = (lab.idle, living)
    with Watch(lab, *EVERY_SECOND) as alone, Watch(lab, "-s", lab.publish(), *EVERY_SECOND) as too:
        say("In a mesh without pings, silence says nothing.")
        cluster.wait_until(lab.first.answered + SILENT_AFTER + 2)
        lab.scan({connection: UNKNOWN for connection in both}, "list", status=2)
        lab.scan({connection: CURRENT for connection in both})

        say("An answer may come as quickly as a ping's. Who has seen more is not misled.")
        for client, service in ((lab.first, "orders"), (lab.second, "cart")):
            client.request(service, f"200 {'cart' if service == 'cart' else 'orders-v1'}")
        cluster.wait_until(lab.second.answered + SILENT_AFTER + 2)
        found, _ = lab.verdicts("list")
        expect([text for text in found.values() if "confirmed" in text], [], "what is confirmed")
        expect(alone.told + too.told, [], "what the watches tell of the living")


without_pings.options = {"pings": False}
SCENARIOS = [
    *(idle, died_after_snapshot, kernel_only, heartbeat_workers, heartbeat_reaped),
    *(stopped_briefly, stopped_long, draining, without_pings),
]
