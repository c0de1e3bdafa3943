// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    // Where it was built is nobody's business.
    .unsafeFlags(
        ["-file-prefix-map", "\(Context.packageDirectory)=."],
        .when(configuration: .release)
    ),
]

/// In a debug build, too: the simulation's millions of verdicts take a tenth of the time.
let optimized: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// For C and C++: a buffer that overflows ends the program, and no path of this machine stays in it.
let hardened = [
    "-fstack-protector-strong",
    "-ffile-prefix-map=\(Context.packageDirectory)=.",
    "-ffile-prefix-map=/usr/include/=",
]
/// The checks of the C library's own functions, which it makes only where code is optimized.
let fortified = ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]

/// Programs without a main, which only libFuzzer can build and run: `scripts/fuzz`.
let fuzzTargets = [
    .target(name: "FuzzSupport", path: "Tests/Support/FuzzSupport", swiftSettings: strict),
    fuzzTarget("FuzzRecording", ["FuzzSupport", "Model", "Recording", "SockDiag"]),
    fuzzTarget("FuzzDiagMessage", ["Model", "SockDiag"]),
    fuzzTarget("FuzzHistory", ["Model"]),
    fuzzTarget("FuzzHTTP", ["FuzzSupport", "LinuxSystem"]),
    fuzzTarget("FuzzCompanion", ["HalfopenCommands"]),
    fuzzTarget("FuzzSnapshot", ["FuzzSupport", "Model", "PodSnapshot"]),
    fuzzTarget("FuzzRules", ["Judging", "Model", "PodSnapshot", "Reporting"]),
    fuzzTarget("FuzzValues", ["Discovery", "HalfopenCommands", "Model"]),
    fuzzTarget("FuzzAccessLog", ["FuzzSupport", "IncidentLogs", "Model"]),
    fuzzTarget("FuzzEnvoyLog", ["FuzzSupport", "IncidentLogs", "Judging", "Model"]),
    fuzzTarget("FuzzCapture", ["FuzzSupport", "IncidentLogs", "Judging", "Model"]),
]

func fuzzTarget(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Tests/\(name)",
        exclude: ["Corpus"] + (name == "FuzzSnapshot" ? ["dictionary"] : []),
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
        .target(
            name: "CLinux",
            cSettings: [
                .unsafeFlags(hardened),
                .unsafeFlags(fortified, .when(configuration: .release)),
            ]
                + (Context.environment["HALFOPEN_COMMIT"].map {
                    [.define("HALFOPEN_COMMIT", to: "\"\($0)\"")]
                } ?? [])
        ),
        .target(
            name: "CJSONStream",
            exclude: ["link"],
            // Boost's assertions sit in the innermost loops of its parser and cost 30 %.
            cxxSettings: [
                .unsafeFlags(hardened),
                .unsafeFlags(fortified, .when(configuration: .release)),
                .define("BOOST_DISABLE_ASSERTS", .when(configuration: .release)),
                // Inlines more of them, which saves 2 %.
                .unsafeFlags(["-O3"], .when(configuration: .release)),
            ]
        ),

        // Pure: no clock, no file, no environment.
        .target(name: "Model", swiftSettings: strict + optimized),
        .target(name: "Judging", dependencies: ["Model"], swiftSettings: strict + optimized),
        .target(
            name: "Reporting",
            dependencies: ["Judging", "Model"],
            exclude: ["Incident/explain-v1.schema.json", "JSON/report-v1.schema.json"],
            swiftSettings: strict
        ),

        // The system: its files, processes and clocks, the kernel's sockets, the snapshot's bytes.
        .target(name: "LinuxSystem", dependencies: ["CLinux", "Model"], swiftSettings: strict),
        .target(
            name: "SockDiag",
            dependencies: ["CLinux", "CMnl", "LinuxSystem", "Model"],
            swiftSettings: strict
        ),
        .target(
            name: "Recording",
            dependencies: ["CLinux", "LinuxSystem", "Model", "SockDiag"],
            swiftSettings: strict
        ),
        .target(
            name: "IncidentLogs",
            dependencies: ["CJSONStream", "LinuxSystem", "Model"],
            swiftSettings: strict
        ),
        .target(
            name: "PodSnapshot",
            dependencies: ["CJSONStream", "LinuxSystem", "Model"],
            swiftSettings: strict
        ),
        .target(
            name: "Discovery",
            dependencies: ["CLinux", "LinuxSystem", "Model"],
            swiftSettings: strict
        ),

        .target(
            name: "HalfopenCommands",
            dependencies: [
                "CLinux", "Discovery", "IncidentLogs", "Judging", "LinuxSystem", "Model",
                "PodSnapshot", "Recording", "Reporting", "SockDiag",
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "halfopen",
            dependencies: ["HalfopenCommands"],
            swiftSettings: strict,
            linkerSettings: [
                // Full RELRO: nothing that the loader wrote can be written afterwards. Packed
                // relocations save 0.6 MB.
                .unsafeFlags([
                    "-ld-path=\(Context.packageDirectory)/scripts/support/link",
                    "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now",
                    "-Xlinker", "-z", "-Xlinker", "noexecstack",
                    "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
                ]),
                // Static: no libstdc++.so to look for on a node, and a quarter less to start up.
                .unsafeFlags(
                    ["-L\(Context.packageDirectory)/Sources/CJSONStream/link"],
                    .when(configuration: .release)
                ),
            ]
        ),

        // What tests share: programs, seeded randomness; namespaces with sockets, also for measuring.
        .target(
            name: "TestSupport",
            path: "Tests/Support/TestSupport",
            swiftSettings: optimized
        ),
        .executableTarget(name: "netns-sockets", path: "Tests/Support/netns-sockets"),
        .executableTarget(
            name: "drop-privileges",
            dependencies: ["LinuxSystem"],
            path: "Tests/Support/drop-privileges"
        ),
        .executableTarget(name: "stand-in", path: "Tests/Support/stand-in"),
        .executableTarget(name: "silent-folder", path: "Tests/Support/silent-folder"),
        .target(
            name: "KernelTestSupport",
            dependencies: ["netns-sockets", "silent-folder", "stand-in"],
            path: "Tests/Support/KernelTestSupport"
        ),

        .testTarget(name: "ModelTests", dependencies: ["Model", "TestSupport"]),
        .testTarget(
            name: "JudgingTests",
            dependencies: ["Judging", "Model", "PodSnapshot", "Reporting", "TestSupport"],
            exclude: ["mutants.md"]
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Judging", "Model", "TestSupport"],
            exclude: ["README.md"],
            swiftSettings: optimized
        ),
        .testTarget(
            name: "ReportingTests",
            dependencies: ["Judging", "Model", "Reporting"],
            exclude: ["Goldens", "validate.py"]
        ),
        .testTarget(
            name: "LinuxSystemTests",
            dependencies: ["CLinux", "LinuxSystem", "Model", "TestSupport", "drop-privileges"]
        ),
        .testTarget(
            name: "SockDiagTests",
            dependencies: [
                "CLinux", "KernelTestSupport", "LinuxSystem", "Model", "Recording", "SockDiag",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "RecordingTests",
            dependencies: ["LinuxSystem", "Model", "Recording", "TestSupport"]
        ),
        .testTarget(
            name: "PodSnapshotTests",
            dependencies: ["LinuxSystem", "Model", "PodSnapshot", "TestSupport"]
        ),
        .testTarget(
            name: "IncidentTests",
            dependencies: [
                "IncidentLogs", "Judging", "LinuxSystem", "Model", "Reporting", "TestSupport",
                "halfopen",
            ],
            exclude: ["Recorded"]
        ),
        .testTarget(
            name: "DiscoveryTests",
            dependencies: ["Discovery", "KernelTestSupport", "LinuxSystem", "TestSupport"]
        ),
        .testTarget(
            name: "HalfopenCommandsTests",
            dependencies: [
                "HalfopenCommands", "Judging", "KernelTestSupport", "LinuxSystem", "Model",
                "Recording", "Reporting", "SockDiag", "TestSupport", "halfopen",
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
