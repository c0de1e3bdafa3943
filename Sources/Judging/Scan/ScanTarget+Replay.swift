import Model

extension ScanTarget {
    /// The capture that was judged in place of the kernel's answers.
    package struct Replay: Hashable, Sendable {
        /// What wrote it.
        package enum Format: String, Sendable {
            /// `halfopen capture`.
            case capture
            /// `ss -D`.
            case ss
        }

        /// The file, or `-`.
        package var source: String
        /// What wrote it.
        package var format: Format
        /// The name of the machine it was made on; `nil` where that is not known.
        package var host: String?
        /// What names that machine's boot; `nil` where that is not known.
        package var bootID: String?
        /// The release of its kernel; `nil` where that is not known.
        package var kernel: String?
        /// When it was begun, by that machine's clock.
        package var capturedAt: WallTime

        /// A capture of the given facts.
        package init(
            source: String,
            format: Format,
            host: String?,
            bootID: String?,
            kernel: String?,
            capturedAt: WallTime
        ) {
            self.source = source
            self.format = format
            self.host = host
            self.bootID = bootID
            self.kernel = kernel
            self.capturedAt = capturedAt
        }
    }
}
