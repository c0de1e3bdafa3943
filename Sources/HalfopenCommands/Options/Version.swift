import LinuxSystem
import PodSnapshot

/// The version that `--version` and the reports name.
let halfopenVersion = "0.1.0"

/// The text of `halfopen version`: what a report of a bug needs.
func versionText() -> String {
    let libmnl = BuildInfo.libraryFile(of: "mnl_socket_open") ?? "unknown"
    return """
        halfopen \(halfopenVersion)
        commit:     \(BuildInfo.commit ?? "unknown")
        compiler:   \(BuildInfo.compiler)
        libmnl:     \(libmnl)
        Boost.JSON: \(jsonParserVersion)
        glibc:      \(BuildInfo.glibcVersion)

        """
}
