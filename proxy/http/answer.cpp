#include "proxy/http/answer.hpp"

#include "proxy/http/reply_head.hpp"
#include "proxy/oip/infer_reply.hpp"
#include "shared/plain_json.hpp"

namespace pilotlight::http {

answer to_answer(failure const& why)
{
  auto result = answer();
  result.status = status_of(why.kind);
  result.body = oip::render_error(why.sentence);
  result.retry_after = why.retry_after;
  return result;
}

answer json_answer(boost::json::value const& body)
{
  auto result = answer();
  result.body = plain_json(body);
  return result;
}

answer refusal(fault kind, std::string sentence)
{
  return to_answer({kind, std::move(sentence)});
}

} // namespace pilotlight::http
