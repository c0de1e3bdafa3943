/// What an Istio proxy is there for, as far as its command line tells.
package enum ProxyRole: String, Hashable, Sendable, CaseIterable {
    /// Serves the services of a namespace in ambient mode (`pilot-agent proxy waypoint`).
    case waypoint
    /// Stands at the edge of the mesh (`pilot-agent proxy router`).
    case gateway
    /// Serves the Pod that it runs in (`pilot-agent proxy sidecar`).
    case sidecar
    /// A waypoint or a gateway made of agentgateway, whose command line does not tell which.
    case agentgateway

    /// The name of the program that makes a process such a proxy.
    var program: String { self == .agentgateway ? rawValue : Self.agent }

    /// Whether a proxy of this role may be one that is asked for.
    func isAmong(_ roles: Set<ProxyRole>) -> Bool {
        let names: Set<ProxyRole> = self == .agentgateway ? [self, .waypoint, .gateway] : [self]
        return !names.isDisjoint(with: roles)
    }

    /// The role that a command line names; `nil` for other commands than a proxy's.
    ///
    /// The program's name may come later than first: an emulator of another processor stands before
    /// the program that it runs (binfmt_misc), and so does whatever starts it.
    ///
    /// - Parameter arguments: The words of the command line, the program's name first.
    init?(arguments: [String]) {
        let names = arguments.map(\.lastPathPart)
        if let agent = names.firstIndex(where: { $0 == Self.agent }) {
            // With the flag P, binfmt_misc gives the program's path and the name it was called by.
            let rest = arguments[agent...].drop { $0.lastPathPart == Self.agent }
            guard rest.first == "proxy" else { return nil }
            self.init(agentWords: Array(rest.dropFirst()))
        } else if names.contains(where: { $0 == Self.agentgateway.rawValue }) {
            self = .agentgateway
        } else {
            return nil
        }
    }

    private static let agent = "pilot-agent"

    /// The role that the words after `pilot-agent proxy` name.
    private init?(agentWords words: [String]) {
        // Behind options, a word may also be the value of one.
        let named =
            words.first.flatMap(Self.init(word:)).map { [$0] } ?? words.compactMap(Self.init(word:))
        if let role = [.waypoint, .gateway, .sidecar].first(where: named.contains) {
            self = role
        } else if words.first?.hasPrefix("-") ?? true {
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
