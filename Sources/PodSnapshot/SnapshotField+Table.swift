extension SnapshotField {
    /// Every field with the place where it is found.
    static let table: [Place] = documentPlaces + itemPlaces + compactPlaces + workloadPlaces

    private static let documentPlaces: [Place] = [
        Place(.document, .document, nil, .object),
        Place(.kind, .document, "kind", .string),
        Place(.message, .document, "message", .string),
        Place(.reason, .document, "reason", .string),
        Place(.listMetadata, .document, "metadata", .object),
        Place(.listContinue, .listMetadata, "continue", .string),
        Place(.workloads, .document, "workloads", .collection),
        Place(.schema, .document, "schema", .string),
        Place(.capturedAt, .document, "capturedAt", .string),
        Place(.modifiedAt, .document, "modifiedAt", .string),
        Place(.newestTime, .document, "newestTime", .string),
        Place(.scope, .document, "scope", .string),
        Place(.cluster, .document, "cluster", .string),
        Place(.items, .document, "items", .array),
        Place(.pods, .document, "pods", .array),
        Place(.nodes, .document, "nodes", .array),
        Place(.exempt, .document, "exempt", .array),
    ]

    /// The objects of the Kubernetes API (k8s.io/api/core/v1, sigs.k8s.io/gateway-api).
    private static let itemPlaces: [Place] = [
        Place(.item, .items, nil, .object),
        Place(.itemKind, .item, "kind", .string),

        Place(.metadata, .item, "metadata", .object),
        Place(.namespace, .metadata, "namespace", .string),
        Place(.name, .metadata, "name", .string),
        Place(.uid, .metadata, "uid", .string),
        Place(.creation, .metadata, "creationTimestamp", .string),
        Place(.deletion, .metadata, "deletionTimestamp", .string),
        Place(.annotations, .metadata, "annotations", .object),
        Place(.mirror, .annotations, "kubernetes.io/config.mirror", .string),
        Place(.source, .annotations, "kubernetes.io/config.source", .string),

        Place(.spec, .item, "spec", .object),
        Place(.nodeName, .spec, "nodeName", .string),
        Place(.hostNetwork, .spec, "hostNetwork", .bool),
        Place(.podCIDR, .spec, "podCIDR", .string),
        Place(.podCIDRs, .spec, "podCIDRs", .array),
        Place(.podCIDRsEntry, .podCIDRs, nil, .string),
        Place(.externalIPs, .spec, "externalIPs", .array),
        Place(.externalIP, .externalIPs, nil, .string),

        Place(.status, .item, "status", .object),
        Place(.phase, .status, "phase", .string),
        Place(.start, .status, "startTime", .string),
        Place(.podIP, .status, "podIP", .string),
        Place(.podIPs, .status, "podIPs", .array),
        Place(.podIPsEntry, .podIPs, nil, .object),
        Place(.podIPsAddress, .podIPsEntry, "ip", .string),

        Place(.conditions, .status, "conditions", .array),
        Place(.condition, .conditions, nil, .object),
        Place(.conditionType, .condition, "type", .string),
        Place(.conditionStatus, .condition, "status", .string),
        Place(.conditionTransition, .condition, "lastTransitionTime", .string),
        Place(.conditionHeartbeat, .condition, "lastHeartbeatTime", .string),
        Place(.conditionProbe, .condition, "lastProbeTime", .string),

        Place(.containers, .status, "containerStatuses", .array),
        Place(.container, .containers, nil, .object),
        Place(.containerState, .container, "state", .object),
        Place(.containerRunning, .containerState, "running", .object),
        Place(.containerRunningStarted, .containerRunning, "startedAt", .string),
        Place(.containerTerminated, .containerState, "terminated", .object),
        Place(.containerTerminatedStarted, .containerTerminated, "startedAt", .string),
        Place(.containerTerminatedFinished, .containerTerminated, "finishedAt", .string),

        Place(.initContainers, .status, "initContainerStatuses", .array),
        Place(.initContainer, .initContainers, nil, .object),
        Place(.initContainerState, .initContainer, "state", .object),
        Place(.initContainerRunning, .initContainerState, "running", .object),
        Place(.initContainerRunningStarted, .initContainerRunning, "startedAt", .string),
        Place(.initContainerTerminated, .initContainerState, "terminated", .object),
        Place(.initContainerTerminatedStarted, .initContainerTerminated, "startedAt", .string),
        Place(.initContainerTerminatedFinished, .initContainerTerminated, "finishedAt", .string),

        Place(.hostAddresses, .status, "addresses", .array),
        Place(.hostAddress, .hostAddresses, nil, .object),
        Place(.hostAddressType, .hostAddress, "type", .string),
        Place(.hostAddressText, .hostAddress, "address", .string),
        Place(.hostAddressValue, .hostAddress, "value", .string),

        Place(.loadBalancer, .status, "loadBalancer", .object),
        Place(.ingress, .loadBalancer, "ingress", .array),
        Place(.ingressEntry, .ingress, nil, .object),
        Place(.ingressAddress, .ingressEntry, "ip", .string),
    ]

    /// The compact form, `halfopen.snapshot/v1`.
    private static let compactPlaces: [Place] = [
        Place(.compactPod, .pods, nil, .object),
        Place(.compactNamespace, .compactPod, "namespace", .string),
        Place(.compactName, .compactPod, "name", .string),
        Place(.compactUID, .compactPod, "uid", .string),
        Place(.compactIPs, .compactPod, "ips", .array),
        Place(.compactIP, .compactIPs, nil, .string),
        Place(.compactNode, .compactPod, "node", .string),
        Place(.compactPhase, .compactPod, "phase", .string),
        Place(.compactCreation, .compactPod, "creationTime", .string),
        Place(.compactStart, .compactPod, "startTime", .string),
        Place(.compactNetworkReady, .compactPod, "networkReady", .bool),
        Place(.compactNetworkTransition, .compactPod, "networkTransitionTime", .string),
        Place(.compactFirstStarted, .compactPod, "firstStartedTime", .string),
        Place(.compactRunningSince, .compactPod, "runningSinceTime", .string),
        Place(.compactReady, .compactPod, "readyTime", .string),
        Place(.compactLastFinished, .compactPod, "lastFinishedTime", .string),
        Place(.compactDeletion, .compactPod, "deletionTime", .string),
        Place(.compactHostNetwork, .compactPod, "hostNetwork", .bool),
        Place(.compactMirror, .compactPod, "mirror", .bool),

        Place(.nodeEntry, .nodes, nil, .object),
        Place(.nodeEntryName, .nodeEntry, "name", .string),
        Place(.nodeEntryAddresses, .nodeEntry, "addresses", .array),
        Place(.nodeEntryAddress, .nodeEntryAddresses, nil, .string),
        Place(.nodeEntryPodCIDRs, .nodeEntry, "podCIDRs", .array),
        Place(.nodeEntryPodCIDR, .nodeEntryPodCIDRs, nil, .string),
        Place(.nodeEntryReady, .nodeEntry, "ready", .bool),
        Place(.nodeEntryReadyTransition, .nodeEntry, "readyTransitionTime", .string),

        Place(.exemptEntry, .exempt, nil, .object),
        Place(.exemptEntryAddress, .exemptEntry, "address", .string),
        Place(.exemptEntryKind, .exemptEntry, "kind", .string),
        Place(.exemptEntryName, .exemptEntry, "name", .string),
    ]

    /// ztunnel's workloads, in its config dump or as the document (ztunnel, src/state/workload.rs).
    private static let workloadPlaces: [Place] = [
        Place(.workload, .workloads, nil, .object),
        Place(.bareWorkload, .document, nil, .object, inside: .workload),
        Place(.workloadUID, .workload, "uid", .string),
        Place(.workloadNamespace, .workload, "namespace", .string),
        Place(.workloadName, .workload, "name", .string),
        Place(.workloadNode, .workload, "node", .string),
        Place(.workloadNetworkMode, .workload, "networkMode", .string),
        Place(.workloadIPs, .workload, "workloadIps", .array),
        Place(.workloadIP, .workloadIPs, nil, .string),
    ]
}
