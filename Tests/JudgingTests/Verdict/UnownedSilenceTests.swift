import Judging
import Model
import Testing

/// A silent connection whose address nobody has, and pings on another one elsewhere.
@Suite struct UnownedSilenceTests {
    /// The proxy's other connection is to another node, and web is not listed any more.
    private static func lonely(
        gone: Double = 1987,
        _ document: Document = .cluster,
        _ change: (inout HeartbeatStory) -> Void = { _ in }
    ) -> HeartbeatStory {
        HeartbeatStory.known(gone: gone, beside: "10.1.0.9", document.without("web")).with {
            $0.earlierDocument = document
            change(&$0)
        }
    }

    /// The Pods of the cluster as this node's ztunnel lists them.
    private static let workloads: Document = {
        var document = Document.cluster
        document.listsWorkloads = true
        document.isOfOwnZtunnel = true
        for index in document.pods.indices {
            document.pods[index].life = PodLife(phase: .unknown)
        }
        return document
    }()

    @Test func `What no list ever had may be no Pod: a virtual machine that stands still`() throws {
        let story = Self.lonely { $0.earlierDocument = $0.document }
        #expect(try story.verdict() == "deleted suspected unowned-and-silent")
        let other = story.with { $0.lines.append(Line()) }
        #expect(try other.verdict() == "deleted confirmed unowned-and-silent at-address")
    }

    @Test
    func `A Pod that is listed no more before the silence is noticed was listed all the same`()
        throws
    {
        let story = Self.lonely(gone: 1995) {
            $0.document?.stated = 2030
            $0.scans = [1960, 1990, 2001, 2045]
        }
        #expect(try story.verdict() == "deleted confirmed unowned-and-silent elsewhere")
    }

    @Test(
        arguments: [
            // When it ended, and the scans, of which those after 2000 list no owner.
            (1995, [1960, 1985, 2000.5, 2045], true),
            (2004.1, [1960, 1985, 2000.5, 2045], true),
            (2004.1, [1960, 1985, 2000.5, 2004.5, 2045], true),
            (2014.1, [1960, 1985, 2000.5, 2055], false),
            (2014.1, [1960, 1985, 2000.5, 2004.5, 2055], false),
            // It lives on unlisted for long, whatever the interval.
            (2074.1, [1960, 1985] + stride(from: 2000.5, to: 2130, by: 15), false),
            (2080.1, [1960, 1985] + stride(from: 2000.5, to: 2130, by: 11), false),
            (2080.1, [1960, 1985] + stride(from: 2000.5, to: 2130, by: 2), false),
            (2080.1, [1960, 1985] + stride(from: 2000.5, to: 2200, by: 60), false),
        ]
    )
    func `Who is heard for long after a scan that listed no owner is not known to be a Pod`(
        gone: Double,
        scans: [Double],
        isProved: Bool
    ) throws {
        let story = Self.lonely {
            // Pinged at 1994, 2004, 2014, ...: the second within the skew of the first list that
            // lacks it.
            $0.lines[0] = Line(opened: 1904, gone: gone)
            $0.document?.stated = scans[scans.count - 1] - 15
            $0.scans = scans
        }
        #expect(
            try story.verdict()
                == (isProved
                    ? "deleted confirmed unowned-and-silent elsewhere"
                    : "deleted suspected unowned-and-silent")
        )
    }

    @Test func `What this node's ztunnel answers is the whole mesh`() throws {
        let story = Self.lonely(Self.workloads)
        #expect(try story.verdict() == "deleted confirmed unowned-and-silent elsewhere")
        for change in [
            { $0.isOfOwnZtunnel = false }, { $0.problems = 1 }, { $0.scope = .partial },
        ] as [(inout Document) -> Void] {
            var document = Self.workloads
            change(&document)
            #expect(try Self.lonely(document).verdict() == "deleted suspected unowned-and-silent")
        }
    }

    @Test(arguments: [true, false])
    func `ztunnel lists no Pod that has finished, so that pings must have been seen`(
        isPinged: Bool
    ) throws {
        let story = Self.lonely(Self.workloads) {
            // The last that was heard is no ping.
            $0.lines[0] = Line(opened: 1900, gone: 1987, isPinged: isPinged, requests: [1986])
            $0.scans = [1930, 1960, 1987, 2010, 2040]
        }
        #expect(try story.verdict().contains("confirmed") == isPinged)
    }

    @Test(arguments: [1988, nil])
    func `By ztunnel's list, who was never seen to be pinged is gone if it acknowledges nothing`(
        waits: Double?
    ) throws {
        let story = Self.lonely(Self.workloads) {
            $0.lines[0] = Line(
                opened: 1900,
                gone: 1987,
                isPinged: false,
                requests: [1986],
                waits: waits
            )
            $0.scans = [1930, 1960, 1987, 2010, 2040]
        }
        #expect(try story.verdict().contains("confirmed") == (waits != nil))
    }
}
