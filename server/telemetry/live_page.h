// The live page at "/": one self-contained document that reads /status.json every second.

#ifndef SCONCE_SERVER_TELEMETRY_LIVE_PAGE_H_
#define SCONCE_SERVER_TELEMETRY_LIVE_PAGE_H_

namespace sconce {

// HTML. Takes nothing from elsewhere. What it shows of a model it writes as text, never as markup.
extern const char kLivePage[];

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_LIVE_PAGE_H_
