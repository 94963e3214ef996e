// Capture and graphs. Branches that no event orders are replayed in one order at one launch and in the other at the next,
// so that a missing dependency shows.
#include "state.h"

namespace simulator {

std::vector<std::shared_ptr<Capture>>& captures() {
    static auto& all = *new std::vector<std::shared_ptr<Capture>>();
    return all;
}

CUresult invalidate(Stream* stream, const char* what) {
    if (stream->capture) stream->capture->invalid = true;
    return refuse(CAPTURE_UNSUPPORTED, "%s", what);
}

void forgetCapture(const std::shared_ptr<Capture>& capture) {
    std::shared_ptr<Capture> kept = capture; // the argument may be a member's own
    for (Stream* member : kept->members) {
        member->capture.reset();
        member->heads.clear();
    }
    auto& all = captures();
    for (std::size_t i = 0; i < all.size(); i++)
        if (all[i] == kept) all.erase(all.begin() + static_cast<long>(i--));
}

void destroyExecutables(Context* context) {
    std::vector<Executable*> own;
    for (Executable* executable : living<Executable>())
        if (executable->context == context) own.push_back(executable);
    for (Executable* executable : own) dispose(executable);
}

CUresult requireNoCapture(const char* why) {
    for (const auto& capture : captures()) {
        if (capture->mode == CAPTURE_RELAXED) continue;
        if (capture->mode == CAPTURE_THREAD_LOCAL && capture->thread != threadNumber()) continue;
        capture->invalid = true;
        return refuse(CAPTURE_UNSUPPORTED, "%s while a stream captures", why);
    }
    return SUCCESS;
}

namespace {
/** Runs nodes once each, after those that they come after; backward decides between nodes that could both run. */
void replay(Context* context, const std::vector<std::shared_ptr<GraphNode>>& nodes, bool backward) {
    std::size_t n = nodes.size();
    std::vector<std::size_t> waiting(n);
    std::vector<std::vector<std::size_t>> next(n);
    std::set<std::size_t> ready;
    for (std::size_t i = 0; i < n; i++) {
        waiting[i] = nodes[i]->after.size();
        for (std::size_t before : nodes[i]->after) next[before].push_back(i);
        if (waiting[i] == 0) ready.insert(i);
    }
    while (!ready.empty()) {
        auto chosen = backward ? std::prev(ready.end()) : ready.begin();
        std::size_t i = *chosen;
        ready.erase(chosen);
        execute(context, nodes[i]->work);
        for (std::size_t follower : next[i])
            if (--waiting[follower] == 0) ready.insert(follower);
    }
}
} // namespace

} // namespace simulator

using namespace simulator;

EXPORTED CUresult cuStreamBeginCapture_v2(CUstream handle, int mode) {
    Call call("cuStreamBeginCapture");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream == nullptr) return code;
    if (mode < CAPTURE_GLOBAL || mode > CAPTURE_RELAXED) return refuse(INVALID_VALUE, "there is no mode %d", mode);
    if (stream == stream->context->standard) return refuse(CAPTURE_UNSUPPORTED, "the default stream cannot capture");
    if (stream->capture) return refuse(ILLEGAL_STATE, "the stream captures already");
    auto capture = std::make_shared<Capture>();
    capture->origin = stream;
    capture->mode = mode;
    capture->thread = threadNumber();
    capture->graph = std::make_unique<Graph>();
    capture->members.insert(stream);
    stream->capture = capture;
    stream->heads.clear();
    captures().push_back(capture);
    return SUCCESS;
}

EXPORTED CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
    Call call("cuStreamEndCapture");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream == nullptr) return code;
    if (graph == nullptr) return refuse(INVALID_VALUE, "nowhere to put the graph");
    *graph = nullptr;
    std::shared_ptr<Capture> capture = stream->capture;
    if (!capture) return refuse(ILLEGAL_STATE, "the stream does not capture");
    if (capture->origin != stream) {
        capture->invalid = true;
        return refuse(CAPTURE_UNMATCHED, "the capture began in another stream");
    }
    if (capture->mode != CAPTURE_RELAXED && capture->thread != threadNumber())
        return refuse(CAPTURE_WRONG_THREAD, "another thread began the capture");
    std::set<std::size_t> open;
    for (std::size_t i = 0; i < capture->graph->nodes.size(); i++) open.insert(i);
    for (const auto& node : capture->graph->nodes)
        for (std::size_t before : node->after) open.erase(before);
    for (std::size_t head : stream->heads) open.erase(head);
    std::string unjoined = open.empty() ? "" : capture->graph->nodes[*open.begin()]->work.what;
    forgetCapture(capture);
    if (capture->invalid) return refuse(CAPTURE_INVALIDATED, "the capture failed before");
    if (!open.empty())
        return refuse(CAPTURE_UNJOINED, "%s in another stream is not waited for by the stream that captures", unjoined.c_str());
    *graph = track(capture->graph.release());
    return SUCCESS;
}

EXPORTED CUresult cuStreamIsCapturing(CUstream handle, int* status) {
    Call call("cuStreamIsCapturing");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream == nullptr) return code;
    *status = !stream->capture ? 0 : stream->capture->invalid ? 2 : 1;
    return SUCCESS;
}

EXPORTED CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, std::size_t* count) {
    Call call("cuGraphGetNodes");
    if (!alive(graph)) return refuse(INVALID_VALUE, "this graph does not exist, or was destroyed");
    if (nodes != nullptr)
        for (std::size_t i = 0; i < *count; i++) nodes[i] = i < graph->nodes.size() ? graph->nodes[i].get() : nullptr;
    *count = graph->nodes.size();
    return SUCCESS;
}

EXPORTED CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, unsigned long long flags) {
    Call call("cuGraphInstantiate");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    if (!alive(graph)) return refuse(INVALID_VALUE, "this graph does not exist, or was destroyed");
    if (executable == nullptr || flags > 15) return refuse(INVALID_VALUE, "flags are %llu", flags);
    *executable = track(new Executable());
    (*executable)->context = context;
    (*executable)->nodes = graph->nodes;
    return SUCCESS;
}

namespace {
CUresult requireExecutable(CUgraphExec executable) {
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    if (!alive(executable) || executable->context != context)
        return refuse(INVALID_VALUE, "this executable graph does not exist, was destroyed, or belongs to another context");
    return SUCCESS;
}
} // namespace

EXPORTED CUresult cuGraphUpload(CUgraphExec executable, CUstream stream) {
    Call call("cuGraphUpload");
    CUresult code = requireExecutable(executable);
    return code == SUCCESS ? requireStream(stream) : code;
}

EXPORTED CUresult cuGraphLaunch(CUgraphExec executable, CUstream handle) {
    Call call("cuGraphLaunch");
    CUresult code = requireExecutable(executable);
    if (code != SUCCESS) return code;
    Stream* stream = find(handle, code);
    if (stream == nullptr) return code;
    auto work = std::make_shared<Work>();
    work->what = "cuGraphLaunch";
    bool backward = executable->launches++ % 2 != 0;
    Context* context = stream->context;
    work->run = [nodes = executable->nodes, context, backward] { replay(context, nodes, backward); };
    return submitWork(handle, work);
}

EXPORTED CUresult cuGraphDestroy(CUgraph graph) {
    Call call("cuGraphDestroy");
    if (!alive(graph)) return refuse(INVALID_VALUE, "this graph does not exist, or was destroyed before");
    dispose(graph);
    return SUCCESS;
}

EXPORTED CUresult cuGraphExecDestroy(CUgraphExec executable) {
    Call call("cuGraphExecDestroy");
    if (!alive(executable)) return refuse(INVALID_VALUE, "this executable graph does not exist, or was destroyed before");
    dispose(executable);
    return SUCCESS;
}
