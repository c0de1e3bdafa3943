/// The forms in which a snapshot is accepted.
package enum SnapshotFormat: String, Hashable, Sendable, CaseIterable {
    /// A `List` or `PodList` as `kubectl get … -o json` prints it.
    case kubernetesList = "kubernetes-list"
    /// ztunnel's `config_dump`, or the workloads of it as istioctl prints them.
    case ztunnel
    /// The compact form, `halfopen.snapshot/v1`.
    case compact
}

/// How much of the cluster a document claims to show.
package enum SnapshotScope: String, Hashable, Sendable, CaseIterable {
    /// Every Pod of the cluster: it says so, or `--cluster-wide` does.
    case cluster
    /// It does not say: a `List` of one namespace looks like a list of all.
    case unknown
    /// A part only: it says so, or some of its items could not be read.
    case partial
}

/// An item of a document that could not be read as it stands.
package struct SnapshotProblem: Hashable, Sendable {
    /// What is wrong, with the item's name and the field: one line, without the place.
    package let message: String
    /// The line of the document on which the field at fault is, counted from 1.
    package let line: Int
    /// The byte offset of that field, counted from 0.
    package let byteOffset: Int

    /// A problem at the given place.
    package init(message: String, line: Int, byteOffset: Int) {
        self.message = message
        self.line = line
        self.byteOffset = byteOffset
    }
}

/// What is known of a snapshot document as a whole: where it came from and how old it is.
package struct SnapshotDocument: Hashable, Sendable {
    /// Who stated when the data was read.
    package enum ReadTimeSource: String, Hashable, Sendable, CaseIterable {
        /// The command line.
        case option
        /// The document itself.
        case document
        /// The program, which asked a ztunnel right after it (`--ztunnel`).
        case request
        /// Nobody: the file's modification time stands for it.
        case file
        /// Nobody, and there is no file: the moment when reading began stands for it.
        case read
    }

    /// The file's path as given, or `-`.
    package var source: String
    /// The form it has.
    package var format: SnapshotFormat
    /// The cluster's name, where the document says it.
    package var cluster: String?
    /// When the data was read, where the command line or the document states it.
    package var statedReadTime: (time: WallTime, source: ReadTimeSource)? {
        get { capture.map { ($0.time, $0.source) } }
        set { capture = newValue.map { Capture(time: $0.time, source: $0.source) } }
    }
    private var capture: Capture?
    /// When the file was last modified; `nil` for a pipe.
    package var modified: WallTime?
    /// When reading it began.
    package var readingBegan: WallTime
    /// When reading it ended.
    package var readingEnded: WallTime
    /// The newest creation, start, transition, container or heartbeat times in it.
    package var newestTimes = NewestTimes()
    /// What it says of the documents that it was made from, if it was.
    package var origin: SnapshotOrigin?
    /// Whether its Pods are workloads of ztunnel, whose UIDs are opaque: they may be made of names,
    /// or be UUIDs that are not the Pods', so that none tells a Pod from an earlier one.
    package var listsWorkloads = false
    /// Whether it is what this node's own ztunnel answered when it was asked: what it knows just now,
    /// and all of its mesh.
    package var isOfOwnZtunnel = false
    /// The name of the network that the ztunnel is in, where the document says it.
    package var network: String?
    /// How much of the cluster it shows, as far as it says.
    package var scope: SnapshotScope
    /// The number of items of any kind.
    package var items: Int
    /// The number of those that say nothing about address owners, such as a ConfigMap.
    package var otherItems = 0
    /// The number of problems that may hide the owner of an address: with any, the document is partial.
    package private(set) var gapCount = 0
    /// The number of items that could not be read as they stand.
    package var problemCount: Int
    /// The first of those, at most ``problemLimit``.
    package private(set) var problems: [SnapshotProblem]

    /// How many problems are kept with their text.
    package static let problemLimit = 20

    /// The form of a stated time that is `Hashable`; a tuple is not.
    private struct Capture: Hashable {
        var time: WallTime
        var source: ReadTimeSource
    }

    /// A document of which nothing has been read yet.
    package init(
        source: String,
        format: SnapshotFormat,
        modified: WallTime?,
        readingBegan: WallTime
    ) {
        self.source = source
        self.format = format
        self.modified = modified
        self.readingBegan = readingBegan
        readingEnded = readingBegan
        scope = .unknown
        items = 0
        problemCount = 0
        problems = []
    }

    /// Notes an item that could not be read as it stands.
    ///
    /// - Parameters:
    ///   - problem: What is wrong with it, and where.
    ///   - mayHideOwner: Whether some address may have an owner that is not shown: the document is
    ///     then `partial`.
    package mutating func note(_ problem: SnapshotProblem, mayHideOwner: Bool = true) {
        problemCount += 1
        if mayHideOwner {
            gapCount += 1
            scope = .partial
        }
        if problems.count < Self.problemLimit { problems.append(problem) }
    }

    /// Takes in a time that bounds the moment of reading, of something on a node.
    package mutating func observe(_ time: APITime, node: Span<UInt8> = Span()) {
        newestTimes.observe(time.wallTime, node: node)
    }
}

/// How old the documents were that a compact one was made from, where nobody stated that.
///
/// The new file's own time and the times that it has room for would make the data younger.
package struct SnapshotOrigin: Hashable, Sendable {
    /// The earliest time at which one of them was modified, or began to be read.
    package var modified: WallTime
    /// The earliest of their newest times; `nil` where one has no time at all.
    package var newestTime: WallTime?

    /// The origin of a document.
    package init(modified: WallTime, newestTime: WallTime?) {
        self.modified = modified
        self.newestTime = newestTime
    }
}

extension SnapshotDocument {
    /// `C`: a moment not later than the reading of the data, wherever it came from.
    ///
    /// A stated time is believed. Else it is 30 s before the earlier of the file's time and the
    /// newest time in the document, so that yesterday's list copied today is yesterday's; a
    /// document with no time in it at all bounds nothing.
    package var readNotBefore: WallTime {
        if let statedReadTime { return statedReadTime.time }
        guard let weakEvidence else { return .distantPast }
        return min(claimedReadTime, weakEvidence) - .seconds(30)
    }

    /// The newest moment that the data shows to have passed when it was read, by more than one node's
    /// clock; of a document made from others, that of the one which shows the earliest.
    package var weakEvidence: WallTime? { origin == nil ? newestTimes.bound : origin?.newestTime }

    /// `C'`: the moment the document is claimed to be from, which gives its age.
    package var claimedReadTime: WallTime {
        statedReadTime?.time ?? notAfterOrigin(modified ?? readingBegan)
    }

    /// Where ``claimedReadTime`` comes from.
    package var readTimeSource: ReadTimeSource {
        statedReadTime?.source ?? (modified == nil && origin == nil ? .read : .file)
    }

    /// The moment by which the document was completely written.
    package var completion: WallTime { notAfterOrigin(modified ?? readingEnded) }

    /// When its file, or the first of those that it was made from, was written; `nil` for a pipe.
    package var written: WallTime? { [modified, origin?.modified].compactMap { $0 }.min() }

    /// Whether the stated moment of reading is later than the file by more than the skew: what was
    /// read then cannot have been written before.
    package func isStatedTooLate(skew: TimeSpan) -> Bool {
        guard let statedReadTime, let written else { return false }
        return statedReadTime.time > written + skew
    }

    /// Has the document judged with a capture, which may be much older than the file.
    ///
    /// Where its time is stated, that the file was copied since is no evidence of anything. Where
    /// nothing tells when it was written, it is taken to be from now, and so from after the capture:
    /// a Pod that it does not show may have lived then.
    package mutating func judgeWithRecording() {
        if let statedReadTime {
            modified = modified.map { min($0, statedReadTime.time) }
        } else {
            modified = modified ?? readingBegan
        }
    }

    /// The latest moment that the document shows to have passed when it was written, by more than
    /// one node's clock.
    ///
    /// The file's time counts even where another is stated: no clock may be behind either.
    package var latestEvidence: WallTime {
        [statedReadTime?.time, modified, newestTimes.corroborated, origin?.modified]
            .compactMap { $0 }.max() ?? .distantPast
    }

    private func notAfterOrigin(_ time: WallTime) -> WallTime {
        origin.map { min(time, $0.modified) } ?? time
    }
}

extension SnapshotDocument {
    /// The problems with their place, and how many more there are.
    package var problemMessages: [String] {
        var messages = problems.map {
            "snapshot '\(source)': line \($0.line), byte \($0.byteOffset): \($0.message)"
        }
        if problemCount > problems.count {
            messages.append(
                "snapshot '\(source)': \(problemCount - problems.count) more like these"
            )
        }
        return messages
    }

    /// The messages that tell why a scan is incomplete: all, if a problem may hide an owner.
    package var gapMessages: [String] { gapCount > 0 ? problemMessages : [] }

    /// The messages of a document whose problems hide no owner.
    package var remarks: [String] { gapCount > 0 ? [] : problemMessages }
}
