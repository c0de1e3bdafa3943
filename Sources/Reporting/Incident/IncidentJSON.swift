import Judging
import Model

extension IncidentReport {
    private static let schema = "halfopen.explain/v1"

    /// One document; each request stands on a line of its own.
    func renderJSON<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var json = JSONWriter()
        json.open("{")
        writeHeading(&json)
        json.open("[", "requests")
        for request in requests {
            json.line(indent: 2)
            json.object { write(request, to: &$0) }
            try json.bytes.flush(to: sink)
        }
        if !requests.isEmpty { json.endLine(indent: 1) }
        json.close("]")
        json.close("}")
        json.endLine()
        try sink(json.bytes)
    }

    /// Each request on a line that stands alone; then the report without the requests.
    func renderNDJSON<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var json = JSONWriter()
        for request in requests {
            json.object {
                $0.field("type", "request")
                $0.field("schema", Self.schema)
                write(request, to: &$0)
            }
            json.endDocument()
            try json.bytes.flush(to: sink)
        }
        json.object {
            $0.field("type", "report")
            writeHeading(&$0)
        }
        json.endDocument()
        try sink(json.bytes)
    }

    private func writeHeading(_ json: inout JSONWriter) {
        json.field("schema", Self.schema)
        json.field("generatedAt", generatedAt)
        json.field("complete", isComplete)
        json.tool(version: version)
        json.field("port", port)
        json.objects("inputs", inputs) { json, input in
            json.field("kind", input.kind)
            json.field("source", input.source)
            json.field("lines", input.lines)
            json.field("recognized", input.recognized)
            json.field("relevant", input.relevant)
            json.field("firstAt", input.first)
            json.field("lastAt", input.last)
        }
        json.field("snapshots", snapshots)
        json.object("summary") {
            $0.field("requests", requests.count)
            $0.field("hidden", requests.count(where: \.isHidden))
            $0.field("staleConfirmed", staleCount(.confirmed))
            $0.field("staleSuspected", staleCount(.suspected))
            $0.field("unknown", unknownCount)
        }
        json.objects("groups", requests.groups) { json, group in
            json.field("cause", group.cause.rawValue)
            json.field("confidence", group.confidence?.rawValue)
            json.field("address", group.address?.description)
            json.field("requests", group.count)
            json.field("hidden", group.hidden)
            json.field("firstAt", group.first)
            json.field("lastAt", group.last)
            json.field("meaning", group.cause.meaning)
            json.field("nextStep", group.cause.nextStep)
        }
        json.field("problems", problems)
        json.field("notices", notices)
    }

    private func write(_ request: ExplainedRequest, to json: inout JSONWriter) {
        json.field("subject", request.subject.rawValue)
        json.field("startAt", request.start)
        json.field("failedAt", request.end)
        json.field("method", request.method.orNil)
        json.field("authority", request.authority.orNil)
        json.field("path", request.path.orNil)
        json.field("requestId", request.requestID.orNil)
        json.field("status", request.status)
        json.field("details", request.details.orNil)
        if let peer = request.peer {
            json.object("peer") { $0.fields(of: peer) }
        } else {
            json.null("peer")
        }
        json.field("cause", request.cause.rawValue)
        json.field("confidence", request.confidence?.rawValue)
        json.field("hidden", request.isHidden)
        write(request.owner, "owner", to: &json)
        write(request.previousOwner, "previousOwner", to: &json)
        json.objects("evidence", request.evidence) { json, evidence in
            json.field("source", evidence.source.rawValue)
            json.field("text", evidence.text)
            let input = evidence.place.flatMap {
                inputs.indices.contains($0.input) ? inputs[$0.input].source : nil
            }
            json.field("input", input)
            json.field("line", evidence.place?.line)
        }
    }

    private func write(_ pod: PodIdentity?, _ name: String, to json: inout JSONWriter) {
        guard let pod else { return json.null(name) }
        json.object(name) {
            $0.field("namespace", pod.namespace)
            $0.field("name", pod.name)
            $0.field("uid", pod.uid)
            $0.field("node", pod.node)
        }
    }
}

extension String {
    /// The text, or `nil` if there is none.
    fileprivate var orNil: String? { isEmpty ? nil : self }
}
