/// How a file is compressed, as its first bytes tell.
package enum Compression: String, Hashable, Sendable, CaseIterable {
    /// RFC 1952, section 2.3.1.
    case gzip
    /// RFC 8878, section 3.1.1.
    case zstd
    /// Section 2.1.1.1 of the format of .xz files.
    case xz

    /// Looks at the beginning of a file; `nil` if it is of none of these.
    package init?(beginning bytes: Span<UInt8>) {
        let found = Self.allCases.first { form in
            let magic = form.magic
            return bytes.count >= magic.count && magic.indices.allSatisfy { bytes[$0] == magic[$0] }
        }
        guard let found else { return nil }
        self = found
    }

    private var magic: [UInt8] {
        switch self {
        case .gzip: [0x1F, 0x8B]
        case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A]
        }
    }

    /// The command that prints what a file holds.
    package var reader: String {
        switch self {
        case .gzip: "zcat"
        case .zstd: "zstdcat"
        case .xz: "xzcat"
        }
    }

    /// What a file is, as a clause.
    package var finding: String { "it is compressed with \(rawValue)" }
}
