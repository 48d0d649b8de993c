// HTTP as rude clients speak it: hostile requests, errors on a kept connection, bodies in pieces.
#include "tests/process/proxy_process.hpp"

#include <doctest/doctest.h>

using namespace proxy_tests;

namespace {

std::string infer_head(std::string const& more)
{
  return "POST /v2/models/mlp/infer HTTP/1.1\r\nHost: test\r\n" + more + "\r\n";
}

std::string with_length(std::string const& body, std::string const& more = {})
{
  return infer_head("Content-Length: " + std::to_string(body.size()) + "\r\n" + more) + body;
}

} // namespace

TEST_SUITE("proxy http tsan")
{
  TEST_CASE("hostile requests get a status and a sentence, and the server goes on")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"listen.max_body_bytes=1 MiB"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const body = mlp_body();
    struct
    {
      std::string title;
      std::string bytes;
      int status;
      char const* part; ///< of the sentence
    } const cases[] = {
        {"both lengths", infer_head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "abc", 400, "both given"},
        {"two lengths", infer_head("Content-Length: 3\r\nContent-Length: 4\r\n") + "abc", 400, "Content-Length"},
        {"list of lengths", infer_head("Content-Length: 3, 3\r\n") + "abc", 400, "Content-Length"},
        {"negative length", infer_head("Content-Length: -3\r\n"), 400, "Content-Length"},
        {"signed length", infer_head("Content-Length: +3\r\n"), 400, "Content-Length"},
        {"hexadecimal length", infer_head("Content-Length: 0x3\r\n"), 400, "Content-Length"},
        {"overflowing length", infer_head("Content-Length: 99999999999999999999999\r\n"), 400, "Content-Length"},
        {"length over the limit", infer_head("Content-Length: 1048577\r\n"), 413, "listen.max_body_bytes"},
        {"no length", infer_head(""), 411, "Content-Length"},
        {"other coding", infer_head("Transfer-Encoding: gzip\r\n"), 501, "Transfer-Encoding"},
        {"coding before chunked", infer_head("Transfer-Encoding: gzip, chunked\r\n"), 501, "Transfer-Encoding"},
        {"chunk size no number", infer_head("Transfer-Encoding: chunked\r\n") + "zz\r\n", 400, "chunk"},
        {"chunk size too large", infer_head("Transfer-Encoding: chunked\r\n") + "ffffffffffffffffff\r\n", 413, ""},
        {"chunk without end", infer_head("Transfer-Encoding: chunked\r\n") + "2\r\nabXX", 400, "chunk"},
        {"chunks over the limit", infer_head("Transfer-Encoding: chunked\r\n") + "200000\r\n", 413, ""},
        {"no host", "GET /v2 HTTP/1.1\r\n\r\n", 400, "Host"},
        {"two hosts", "GET /v2 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "Host"},
        {"HTTP/2.0", "GET /v2 HTTP/2.0\r\nHost: a\r\n\r\n", 400, "HTTP"},
        {"HTTP/0.9", "GET /v2\r\n\r\n", 400, ""},
        {"no request", "\x16\x03\x01 this is TLS\r\n\r\n", 400, ""},
        {"bare line feeds", "GET /v2 HTTP/1.1\nHost: a\n\n", 400, ""},
        {"folded header", "GET /v2 HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400, ""},
        {"space before the colon", "GET /v2 HTTP/1.1\r\nHost : a\r\n\r\n", 400, ""},
        {"NUL in a header", std::string("GET /v2 HTTP/1.1\r\nHost: a\0b\r\n\r\n", 31), 400, ""},
        {"head too large", "GET /v2 HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431, ""},
        {"unknown path", "GET /v3 HTTP/1.1\r\nHost: a\r\n\r\n", 404, "/v3"},
        {"admin path on the data port", "GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 404, "/v1/models"},
        {"dots", "GET /v2/models/../secret HTTP/1.1\r\nHost: a\r\n\r\n", 400, ""},
        {"encoded dots", "GET /v2/models/%2e%2e HTTP/1.1\r\nHost: a\r\n\r\n", 400, ""},
        {"encoded slash", "GET /v2/models/a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 400, ""},
        {"encoded NUL", "GET /v2/models/a%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, ""},
        {"GET for infer", "GET /v2/models/mlp/infer HTTP/1.1\r\nHost: a\r\n\r\n", 405, "POST"},
        {"DELETE", "DELETE /v2/models/mlp HTTP/1.1\r\nHost: a\r\n\r\n", 405, "GET"},
        {"unknown model", with_length(body).replace(16, 3, "xyz"), 404, "xyz"},
        {"unknown version", "GET /v2/models/mlp/versions/7 HTTP/1.1\r\nHost: a\r\n\r\n", 404, "only 1"},
        {"unknown coding", with_length(body, "Content-Encoding: br\r\n"), 415, "gzip"},
        {"no gzip at all", with_length(body, "Content-Encoding: gzip\r\n"), 400, "gzip"},
        {"header length no number", with_length(body, "Inference-Header-Content-Length: x\r\n"), 400,
         "Inference-Header-Content-Length"},
        {"header length over the body", with_length(body, "Inference-Header-Content-Length: 9999\r\n"), 400,
         "Inference-Header-Content-Length"},
        {"timeout zero", with_length(body, "X-Request-Timeout-Ms: 0\r\n"), 400, "X-Request-Timeout-Ms"},
        {"timeout no number", with_length(body, "X-Request-Timeout-Ms: soon\r\n"), 400, "X-Request-Timeout-Ms"},
        {"other expectation", with_length(body, "Expect: miracles\r\n"), 400, "Expect"},
        {"empty body", with_length(""), 400, ""},
        {"no JSON", with_length("hello"), 400, ""},
        {"wrong datatype", with_length(R"({"inputs":[{"name":"x","datatype":"INT8","shape":[1,4],"data":[1,2,3,4]}]})"),
         400, "FP32"},
        {"wrong shape", with_length(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]})"), 400,
         "x"},
        {"too few numbers", with_length(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1]}]})"), 400,
         "x"},
        {"unknown output",
         with_length(
             R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}],"outputs":[{"name":"q"}]})"),
         400, "q"},
    };
    for (auto const& one : cases) {
      CAPTURE(one.title);
      auto rude = client(proxy.port(), 5s);
      REQUIRE(rude.try_send(one.bytes));
      auto const got = rude.read();
      CHECK(got.status == one.status);
      CHECK(got.error().find(one.part) != std::string::npos);
      CHECK(got.error().size() > 10);
    }
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("a connection stays usable after a refusal, keeps requests in order, and answers HEAD without a body")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto one = client(proxy.port());
    one.send(with_length("nonsense") + with_length(mlp_body()) + "HEAD /v2/models/mlp HTTP/1.1\r\nHost: a\r\n\r\n" +
             with_length(mlp_body()));
    CHECK(one.read().status == 400);
    CHECK(one.read().status == 200);
    auto const head = one.read(false);
    CHECK(head.status == 200);
    CHECK(std::stoi(head.headers.at("content-length")) > 10);
    CHECK(one.read().status == 200);
  }

  TEST_CASE("100 Continue comes when the request is admitted, and not when it is refused")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto one = client(proxy.port());
    auto const length = "Content-Length: " + std::to_string(mlp_body().size()) + "\r\nExpect: 100-continue\r\n";
    one.send(infer_head(length));
    CHECK(one.read(false).status == 100);
    one.send(mlp_body());
    CHECK(one.read().status == 200);
    one.send(infer_head(length).replace(16, 3, "xyz"));
    CHECK(one.read().status == 404);
    CHECK(one.closed());
  }

  TEST_CASE("a body in small pieces, chunked or not, is waited for")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto const body = mlp_body();
    auto slow = client(proxy.port());
    for (auto const byte : with_length(body)) {
      slow.send({&byte, 1});
      std::this_thread::sleep_for(100us);
    }
    CHECK(slow.read().status == 200);
    slow.send(infer_head("Transfer-Encoding: chunked\r\n"));
    for (auto const byte : body)
      slow.send(std::string("1\r\n") + byte + "\r\n");
    slow.send("0\r\n\r\n");
    CHECK(slow.read().status == 200);
  }

  TEST_CASE("outputs are called in replies as metadata calls them; an unknown one is refused before forward runs")
  {
    auto models = repository();
    models.add_odd("fields");
    auto const proxy = proxy_process(models);
    auto visitor = client(proxy.port());
    auto const outputs = [&] { return visitor.get("/v2/models/fields").json().at("outputs").as_array(); };
    REQUIRE(eventually([&] { return outputs().size() == 2; }));
    CHECK(outputs()[1].at("name") == "half");
    auto const refused = proxy.infer("fields", floats_body({2, 4}, {1, 2}, R"(,"outputs":[{"name":"third"}])"));
    CHECK(refused.status == 400);
    CHECK(refused.error().find("unknown output 'third': the model gives 'double', 'half'") != std::string::npos);
    CHECK(proxy.with_role("zygote").empty()); // it woke nobody
    auto const got = proxy.infer("fields", floats_body({2, 4}, {1, 2}, R"(,"outputs":[{"name":"half"}])"));
    REQUIRE_MESSAGE(got.status == 200, got.body);
    CHECK(got.json().at("outputs").as_array().size() == 1);
    CHECK(got.json().at("outputs").at(0).at("name") == "half");
    CHECK(got.headers.at("server-timing").find("warmup;dur=") != std::string::npos);
  }

  TEST_CASE("an input may be named by its position, as models of Triton's PyTorch backend call it")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto const by_position =
        std::string(R"({"inputs":[{"name":"INPUT__0","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]})");
    CHECK(proxy.infer("mlp", by_position).status == 200);
    auto const both =
        proxy.infer("mlp", R"({"inputs":[{"name":"INPUT__0","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]},)"
                           R"({"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]})");
    CHECK(both.status == 400);
    CHECK(both.error().find("given twice") != std::string::npos);
    CHECK(proxy.infer("mlp", R"({"inputs":[{"name":"INPUT__1","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]})")
              .status == 400);
  }
}
