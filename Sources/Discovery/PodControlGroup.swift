/// The Pod of a container by its control group, cgroups(7).
///
/// The kubelet names the group for the Pod's UID, outside of the container: unlike the environment, a
/// process in it cannot say anything else.
struct PodControlGroup {
    /// The Pod's UID as the API writes it; `nil` where no group is a Pod's.
    ///
    /// A static Pod's is the checksum of its file, which is not its UID in the API.
    let uid: String?

    /// Reads the form of `/proc/PID/cgroup`: lines of `NUMBER:CONTROLLERS:PATH`.
    ///
    /// The outermost group counts: a container may make groups of any name below its own.
    init(_ bytes: [UInt8]) {
        var found: String?
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            found = found ?? parts[2].split(separator: "/").lazy.compactMap(Self.uid).first
        }
        uid = found
    }

    /// The UID in `podUID`, or in systemd's `kubepods-burstable-podUID.slice` with `_` for `-`.
    private static func uid(of group: Substring) -> String? {
        let name = group.hasSuffix(".slice") ? group.dropLast(6) : group
        // `replacing` would link the library of regular expressions.
        let (head, tail) = (name.dropLast(36), String(name.suffix(36).map { $0 == "_" ? "-" : $0 }))
        guard head == "pod" || head.hasSuffix("-pod"), tail.count == 36 else { return nil }
        let isUID = tail.enumerated().allSatisfy { place, character in
            [8, 13, 18, 23].contains(place) ? character == "-" : character.isHexDigit
        }
        return isUID ? tail : nil
    }
}
