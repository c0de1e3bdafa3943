import Foundation
import TestSupport

/// The folder of Debian's kubectl (1.20), which `scripts/test` unpacks.
let kubectlFolder = Command.root.appending(path: ".build/kubectl/usr/bin").path

/// `scripts/kubectl/kubectl-halfopen` with a cluster in which containers run.
struct KubectlCluster: ~Copyable {
    let folder: TemporaryFolder
    let server: APIServer

    /// A cluster with waypoints of one name.
    ///
    /// Every container runs the script, else the real program.
    init(
        waypoints: Int = 1,
        otherPods: Int = 0,
        faults: [String] = [],
        container script: String? = nil
    ) throws {
        let folder = try TemporaryFolder()
        let list = try folder.makeFile("list.json")
        let pods =
            (1...waypoints).map {
                pod("waypoint-\($0)", "10.0.0.\($0)", label: "waypoint")
            } + (0..<otherPods).map { pod("other-\($0)", "10.1.\($0 / 200).\($0 % 200 + 1)") }
        try "{\"items\":[\(pods.joined(separator: ",\n"))]}"
            .write(to: list, atomically: false, encoding: .utf8)
        var program = Command.products.appending(path: "halfopen")
        if let script {
            program = try folder.makeFile("container")
            try "#!/bin/sh\ncd '\(folder.url.path)'\n\(script)\n"
                .write(to: program, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755],
                ofItemAtPath: program.path
            )
        }
        server = try APIServer(list: list, faults: faults, container: program)
        self.folder = folder
    }

    /// Runs the plugin, by the given shell or by `kubectl`, which finds it by its name.
    ///
    /// On a terminal of so many columns, the output has its messages, too, and its line ends.
    func run(
        _ arguments: [String],
        by shell: String? = "/bin/dash",
        terminal columns: Int? = nil,
        environment: [String: String] = [:]
    ) throws -> Command {
        let plugin = Command.root.appending(path: "scripts/kubectl/kubectl-halfopen").path
        let options = ["--server", server.address, "--image", "registry.example/halfopen:1"]
        var program = shell ?? "\(kubectlFolder)/kubectl"
        var words = [shell == nil ? "halfopen" : plugin] + options + arguments
        if let columns {
            let command = ([program] + words).map { "'\($0)'" }.joined(separator: " ")
            program = "/usr/bin/script"
            words = ["-qec", "stty cols \(columns); \(command)", "/dev/null"]
        }
        let basic = [
            "PATH": "\(kubectlFolder):\(Command.root.path)/scripts/kubectl:/usr/bin:/bin",
            "HOME": folder.url.path,
        ]
        return try Command(
            program,
            words,
            environment: basic.merging(environment) { $1 },
            in: folder
        )
    }

    /// What a container has written to a file of this name.
    func written(_ name: String) throws -> String {
        try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
    }

    /// The lines that the server printed, without the time.
    consuming func calls() throws -> [String] {
        try server.requests().map { line in
            let words = line.split(separator: " ", maxSplits: 1)
            return words[0].hasSuffix("Z") ? String(words[1]) : String(line)
        }
    }
}

private func pod(_ name: String, _ address: String, label: String = "none") -> String {
    """
    {"apiVersion":"v1","kind":"Pod",
    "metadata":{"namespace":"shop","name":"\(name)","uid":"\(name)",
    "creationTimestamp":"2026-01-01T00:00:00Z",
    "labels":{"gateway.networking.k8s.io/gateway-name":"\(label)","istio":"\(label)gateway"}},
    "spec":{"nodeName":"node-a","containers":[{"name":"proxy","image":"proxy"}]},
    "status":{"phase":"Running","podIP":"\(address)","startTime":"2026-01-01T00:00:00Z"}}
    """
}
