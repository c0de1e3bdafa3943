import Foundation
import TestSupport

/// A node made of namespaces, in a PID namespace of its own: what is scanned there sees no other
/// processes, and all of them end with it.
struct TestNode: ~Copyable {
    private let session: Session

    init() throws { session = try Session() }

    /// Runs a script of bash as the node's first process, in a folder with `good.json`.
    ///
    /// There, `stand-in NAME` makes a program of that name that waits for ever; `hold SPEC` makes a
    /// namespace with sockets, and `$held` is the process that holds them; `inside` and `apart` run
    /// a command in that namespace, and in a new one; `settle` waits until all of them run, but for
    /// so many that stay what started them.
    func run(_ script: String) throws -> Command {
        try session.write(Self.prelude + script, to: "node")
        return try session.run(
            """
            unshare --mount --pid --fork --kill-child --mount-proc -- bash ./node
            """
        )
    }

    /// What makes a waypoint that runs as another user, in a namespace with three connections.
    static let waypoint = """
        stand-in pilot-agent
        POD_NAME=waypoint-x2 POD_NAMESPACE=shop hold 192.0.2.1,15008,3
        inside env POD_NAME=waypoint-x2 POD_NAMESPACE=shop \\
            setpriv --reuid=1337 --regid=1337 --clear-groups ./pilot-agent proxy waypoint
        settle

        """

    private static let prelude = """
        set -u
        # Open for reading and writing: what reads of it waits until it is ended.
        mkfifo idle && exec 9<>idle
        stand-in() { cp "$(type -P stand-in)" "$1"; }
        hold() {
            mkfifo ready && netns-sockets "$@" <&9 >ready &
            until [ -p ready ]; do sleep 0.01; done
            read -r _ held <ready && rm ready
        }
        # Shows that these are the processes of a node, as in a node that is a container.
        stand-in kubelet
        env -i ./kubelet <&9 >/dev/null &
        kubelet=$!
        started=()
        start() {
            env -i PATH="$PATH" "$@" <&9 >/dev/null &
            started+=("/proc/$!/cmdline")
        }
        # Both replace themselves by the command.
        inside() { start nsenter --net="/proc/$held/ns/net" -- "$@"; }
        apart() { start unshare --net -- "$@"; }
        # First each is a copy of this shell, and at last replaces the program that started it.
        settle() {
            for _ in $(seq 1000); do
                left=$(readlink /proc/[0-9]*/exe | grep -cE '/(nsenter|unshare|env|setpriv|chroot)$')
                [ "$left" = "${1-0}" ] && ! grep -qsxz ./node "${started[@]}" && return
                sleep 0.01
            done
            echo 'the node did not settle' >&2
            exit 3
        }

        """
}
