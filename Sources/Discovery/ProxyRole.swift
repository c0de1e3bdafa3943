/// What an Istio proxy is there for, by the word after `pilot-agent proxy`.
package enum ProxyRole: String, Hashable, Sendable, CaseIterable {
    /// Serves the services of a namespace in ambient mode (`waypoint`).
    case waypoint
    /// Stands at the edge of the mesh (`router`).
    case gateway
    /// Serves the Pod that it runs in (`sidecar`).
    case sidecar

    /// The role that a command line names; `nil` for other commands than an Istio proxy's agent.
    ///
    /// - Parameter arguments: The words of the command line, the program's name first.
    init?(arguments: [String]) {
        guard
            arguments.count >= 2, arguments[0].lastPathPart == "pilot-agent",
            arguments[1] == "proxy"
        else { return nil }
        let words = arguments[2...]
        if let role = words.lazy.compactMap(Self.init(word:)).first {
            self = role
        } else if words.allSatisfy({ $0.hasPrefix("-") }) {
            // Where no word says otherwise, the agent runs a sidecar.
            self = .sidecar
        } else {
            return nil
        }
    }

    private init?(word: String) {
        switch word {
        case "waypoint": self = .waypoint
        case "router": self = .gateway
        case "sidecar": self = .sidecar
        default: return nil
        }
    }
}

extension String {
    /// What follows the last slash.
    var lastPathPart: Substring {
        lastIndex(of: "/").map { self[index(after: $0)...] } ?? self[...]
    }
}
