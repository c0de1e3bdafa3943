// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

/// Programs without a main, which only libFuzzer can build and run: `scripts/fuzz`.
let fuzzTargets = [
    fuzzTarget("FuzzCapture", ["Capture", "InetDiag", "NetAddress", "SockDiag", "Times"]),
    fuzzTarget("FuzzDiagMessage", ["InetDiag"]),
    fuzzTarget("FuzzHistory", ["History", "Times"]),
    fuzzTarget("FuzzSnapshot", ["Ownership", "PodSnapshot", "Times"]),
]

func fuzzTarget(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Tests/\(name)",
        exclude: ["Corpus"],
        swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]
    )
}

let package = Package(
    name: "halfopen",
    products: [
        .executable(name: "halfopen", targets: ["halfopen"])
    ],
    targets: [
        // Other people's C, behind names that Swift can import.
        .systemLibrary(
            name: "CMnl",
            pkgConfig: "libmnl",
            providers: [.apt(["libmnl-dev"])]
        ),
        .target(name: "CLinuxDiag"),
        .target(
            name: "CJSONStream",
            exclude: ["link"],
            // Boost's assertions sit in the innermost loops of its parser and cost 30 %.
            cxxSettings: [.define("BOOST_DISABLE_ASSERTS", .when(configuration: .release))]
        ),

        // Pure: no clock, no file, no environment.
        .target(name: "Times", swiftSettings: strict),
        .target(name: "NetAddress", swiftSettings: strict),
        .target(name: "Ownership", dependencies: ["NetAddress", "Times"], swiftSettings: strict),
        .target(
            name: "InetDiag",
            dependencies: ["CLinuxDiag", "NetAddress"],
            swiftSettings: strict
        ),
        .target(
            name: "History",
            dependencies: ["NetAddress", "Ownership", "Times"],
            swiftSettings: strict
        ),
        .target(
            name: "Verdict",
            dependencies: ["History", "InetDiag", "NetAddress", "Ownership", "Times"],
            swiftSettings: strict
        ),
        .target(
            name: "Reap",
            dependencies: ["History", "InetDiag", "NetAddress", "Ownership", "Times", "Verdict"],
            swiftSettings: strict
        ),
        .target(
            name: "Report",
            dependencies: ["InetDiag", "NetAddress", "Ownership", "Times", "Verdict"],
            exclude: ["report-v1.schema.json"],
            swiftSettings: strict
        ),
        .target(
            name: "Watch",
            dependencies: ["History", "NetAddress", "Ownership", "Report", "Times", "Verdict"],
            swiftSettings: strict
        ),

        .target(name: "Capture", dependencies: ["CLinuxDiag", "Times"], swiftSettings: strict),

        // The system: its errors, the kernel's sockets, the snapshot's and the history's bytes.
        .target(name: "Errno", dependencies: ["CLinuxDiag"], swiftSettings: strict),
        .target(
            name: "SockDiag",
            dependencies: [
                "CLinuxDiag", "CMnl", "Capture", "Errno", "InetDiag", "NetAddress", "Times",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "PodSnapshot",
            dependencies: ["CJSONStream", "Errno", "NetAddress", "Ownership", "Times"],
            swiftSettings: strict
        ),

        .target(name: "StateFile", dependencies: ["Errno", "History"], swiftSettings: strict),
        .target(name: "Privileges", dependencies: ["CLinuxDiag", "Errno"], swiftSettings: strict),
        .target(name: "Discovery", dependencies: ["CLinuxDiag", "Errno"], swiftSettings: strict),

        .target(
            name: "CaptureFile",
            dependencies: ["Capture", "Errno", "Times"],
            swiftSettings: strict
        ),

        .executableTarget(
            name: "halfopen",
            dependencies: [
                "CLinuxDiag", "Capture", "CaptureFile", "Discovery", "Errno", "History", "InetDiag",
                "NetAddress", "Ownership", "PodSnapshot", "Privileges", "Reap", "Report",
                "SockDiag",
                "StateFile", "Times", "Verdict", "Watch",
            ],
            swiftSettings: strict,
            linkerSettings: [
                // Static: no libstdc++.so to look for on a node, and a quarter less to start up.
                .unsafeFlags(
                    ["-L\(Context.packageDirectory)/Sources/CJSONStream/link"],
                    .when(configuration: .release)
                )
            ]
        ),

        // What tests share: programs, seeded randomness; namespaces with sockets, also for measuring.
        .target(name: "TestSupport", path: "Tests/Support/TestSupport"),
        .executableTarget(name: "netns-sockets", path: "Tests/Support/netns-sockets"),
        .executableTarget(
            name: "drop-privileges",
            dependencies: ["Privileges"],
            path: "Tests/Support/drop-privileges"
        ),
        .executableTarget(name: "stand-in", path: "Tests/Support/stand-in"),
        .target(
            name: "KernelTestSupport",
            dependencies: ["netns-sockets", "stand-in"],
            path: "Tests/Support/KernelTestSupport"
        ),

        .testTarget(name: "ErrnoTests", dependencies: ["Errno"]),
        .testTarget(name: "TimesTests", dependencies: ["TestSupport", "Times"]),
        .testTarget(name: "NetAddressTests", dependencies: ["NetAddress", "TestSupport"]),
        .testTarget(name: "OwnershipTests", dependencies: ["NetAddress", "Ownership", "Times"]),
        .testTarget(name: "InetDiagTests", dependencies: ["InetDiag", "CLinuxDiag"]),
        .testTarget(
            name: "SockDiagTests",
            dependencies: [
                "CLinuxDiag", "Capture", "Errno", "KernelTestSupport", "SockDiag", "TestSupport",
            ]
        ),
        .testTarget(
            name: "PodSnapshotTests",
            dependencies: ["NetAddress", "Ownership", "PodSnapshot", "TestSupport", "Times"]
        ),
        .testTarget(name: "CaptureTests", dependencies: ["Capture", "TestSupport", "Times"]),
        .testTarget(
            name: "DiscoveryTests",
            dependencies: ["Discovery", "Errno", "KernelTestSupport", "TestSupport"]
        ),
        .testTarget(
            name: "HistoryTests",
            dependencies: ["History", "NetAddress", "Ownership", "Times"]
        ),
        .testTarget(
            name: "StateFileTests",
            dependencies: ["History", "StateFile", "TestSupport", "Times"]
        ),
        .testTarget(
            name: "PrivilegesTests",
            dependencies: ["CLinuxDiag", "Privileges", "TestSupport", "drop-privileges"]
        ),
        .testTarget(
            name: "VerdictTests",
            dependencies: [
                "History", "InetDiag", "NetAddress", "Ownership", "PodSnapshot", "Report",
                "TestSupport", "Times", "Verdict",
            ]
        ),
        .testTarget(
            name: "ReapTests",
            dependencies: [
                "History", "InetDiag", "NetAddress", "Ownership", "Reap", "Times", "Verdict",
            ]
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "History", "InetDiag", "NetAddress", "Ownership", "Reap", "TestSupport", "Times",
                "Verdict",
            ]
        ),
        .testTarget(
            name: "ReportTests",
            dependencies: [
                "History", "InetDiag", "NetAddress", "Ownership", "Report", "Times", "Verdict",
            ],
            exclude: ["Goldens", "validate.py"]
        ),
        .testTarget(
            name: "WatchTests",
            dependencies: [
                "InetDiag", "NetAddress", "Ownership", "Report", "Times", "Verdict", "Watch",
            ]
        ),
        .testTarget(
            name: "halfopenTests",
            dependencies: [
                "Capture", "CaptureFile", "KernelTestSupport", "Report", "SockDiag", "TestSupport",
                "Times", "Verdict", "halfopen",
            ]
        ),
        .testTarget(
            name: "ScriptTests",
            dependencies: ["TestSupport"],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "LabTests", dependencies: ["TestSupport"]),
    ] + (Context.environment["HALFOPEN_FUZZ"] == nil ? [] : fuzzTargets),
    cxxLanguageStandard: .cxx17
)
