// QuickFIX as the other side of a session; tools/fix_interop.py compiles and runs it.
//
//   peer acceptor SETTINGS          sends back orders, definitions and e-mails until its input ends
//   peer exchange SETTINGS          tells best prices that move, fills half of each FIX 4.4 order, and lets the rest
//                                   be amended and cancelled
//   peer initiator SETTINGS COUNT   sends COUNT orders, and tells how many came back, each once and in order
#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/Log.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/ThreadedSocketAcceptor.h>
#include <quickfix/ThreadedSocketInitiator.h>

#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace {

// The exceptions that QuickFIX lets this method throw; it is checked up to C++14.
#define REFUSALS throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::UnsupportedMessageType)

constexpr int kMsgType = 35, kPossDup = 43, kPossResend = 97, kOrigSendingTime = 122, kClOrdID = 11;

// What the public acceptance scripts expect of the application behind an acceptor.
class Echo : public FIX::NullApplication {
 public:
  void onLogon(const FIX::SessionID&) override {
    std::lock_guard<std::mutex> lock(mutex_);
    orders_.clear();
  }

  void fromApp(const FIX::Message& message, const FIX::SessionID& session) REFUSALS override {
    const std::string type = message.getHeader().getField(kMsgType);
    if (type == "D" && !isNew(message)) return;
    if (type != "D" && type != "d" && type != "C") throw FIX::UnsupportedMessageType();
    FIX::Message answer = message;
    answer.getHeader().removeField(kPossDup);
    answer.getHeader().removeField(kOrigSendingTime);
    FIX::Session::sendToTarget(answer, session);
  }

 private:
  bool isNew(const FIX::Message& message) {
    if (!message.isSetField(kClOrdID)) return true;
    std::lock_guard<std::mutex> lock(mutex_);
    const bool isFirst = orders_.insert(message.getField(kClOrdID)).second;
    const auto& header = message.getHeader();
    return isFirst || !header.isSetField(kPossResend) || header.getField(kPossResend) != "Y";
  }

  std::mutex mutex_;
  std::set<std::string> orders_;
};

// An exchange of FIX 4.4: half of each order trades at once, the rest waits unless it is immediate-or-cancel. The best
// prices move with every request, as often as kMoves: who follows them is answered, and not without end.
class Exchange : public FIX::NullApplication {
 public:
  void fromApp(const FIX::Message& message, const FIX::SessionID& session) REFUSALS override {
    const std::string type = message.getHeader().getField(kMsgType);
    if (type == "D") return place(message, session);
    if (type == "F" || type == "G") return change(message, session, type == "G");
    if (type == "V") return subscribe(message, session);
    if (type == "H") return;
    throw FIX::UnsupportedMessageType();
  }

  ~Exchange() override {
    std::cout << "{\"orders\": " << placed_ << ", \"open\": " << orders_.size() << "}" << std::endl;
  }

 private:
  struct Order {
    std::string number, symbol, side, price;
    double volume = 0, filled = 0;
  };

  static constexpr int kMoves = 40;

  void subscribe(const FIX::Message& message, const FIX::SessionID& session) {
    FIX::Group entry(146, 55);
    const int count = std::stoi(message.getField(146));
    for (int number = 1; number <= count; ++number) {
      message.getGroup(number, entry);
      quote(entry.getField(55), session);
    }
  }

  void quote(const std::string& symbol, const FIX::SessionID& session) {
    FIX::Message told;
    told.getHeader().setField(kMsgType, "W");
    told.setField(55, symbol);
    const double middle = 50 + 0.05 * moves_;
    for (const auto& side : {std::make_pair("0", middle - 0.1), std::make_pair("1", middle + 0.1)}) {
      FIX::Group entry(268, 269);
      entry.setField(269, side.first);
      entry.setField(270, text(side.second));
      entry.setField(271, "10");
      told.addGroup(entry);
    }
    FIX::Session::sendToTarget(told, session);
  }

  void move(const std::string& symbol, const FIX::SessionID& session) {
    if (moves_ >= kMoves) return;
    ++moves_;
    quote(symbol, session);
  }

  void place(const FIX::Message& message, const FIX::SessionID& session) {
    Order order;
    order.number = std::to_string(++placed_);
    order.symbol = message.getField(55);
    order.side = message.getField(54);
    order.price = message.getField(44);
    order.volume = std::stod(message.getField(38));
    const std::string id = message.getField(kClOrdID);
    report(session, id, order, "0", "0");
    order.filled = order.volume / 2;
    FIX::Message trade = execution(id, order, "F", "1");
    trade.setField(31, order.price);
    trade.setField(32, text(order.filled));
    FIX::Session::sendToTarget(trade, session);
    if (message.isSetField(59) && message.getField(59) == "3") {
      report(session, id, order, "4", "4");
    } else {
      orders_[id] = order;
    }
    move(order.symbol, session);
  }

  void change(const FIX::Message& message, const FIX::SessionID& session, bool isAmendment) {
    const std::string id = message.getField(kClOrdID), original = message.getField(41);
    const auto found = orders_.find(original);
    if (found == orders_.end()) {
      FIX::Message refusal;
      refusal.getHeader().setField(kMsgType, "9");
      refusal.setField(37, "NONE");
      refusal.setField(kClOrdID, id);
      refusal.setField(41, original);
      refusal.setField(39, "8");
      refusal.setField(434, isAmendment ? "2" : "1");
      refusal.setField(102, "1");
      FIX::Session::sendToTarget(refusal, session);
      return;
    }
    Order order = found->second;
    orders_.erase(found);
    if (isAmendment) {
      order.price = message.getField(44);
      order.volume = std::stod(message.getField(38));
      orders_[id] = order;
    }
    FIX::Message told = execution(id, order, isAmendment ? "5" : "4", isAmendment ? "1" : "4");
    told.setField(41, original);
    FIX::Session::sendToTarget(told, session);
    if (isAmendment) move(order.symbol, session);
  }

  static std::string text(double value) { return FIX::DoubleConvertor::convert(std::round(value * 1e6) / 1e6); }

  FIX::Message execution(const std::string& id, const Order& order, const std::string& type, const std::string& status) {
    FIX::Message told;
    told.getHeader().setField(kMsgType, "8");
    told.setField(37, order.number);
    told.setField(kClOrdID, id);
    told.setField(17, std::to_string(++executed_));
    told.setField(150, type);
    told.setField(39, status);
    told.setField(55, order.symbol);
    told.setField(54, order.side);
    told.setField(44, order.price);
    told.setField(38, text(order.volume));
    told.setField(151, status == "4" ? "0" : text(order.volume - order.filled));
    told.setField(14, text(order.filled));
    told.setField(6, order.filled > 0 ? order.price : "0");
    told.setField(FIX::TransactTime());
    return told;
  }

  void report(const FIX::SessionID& session, const std::string& id, const Order& order, const std::string& type,
              const std::string& status) {
    FIX::Message told = execution(id, order, type, status);
    FIX::Session::sendToTarget(told, session);
  }

  int placed_ = 0, executed_ = 0, moves_ = 0;
  std::map<std::string, Order> orders_;
};

// Sends orders and waits for them to come back.
class Desk : public FIX::NullApplication {
 public:
  explicit Desk(int count) : count_(count) {}

  void onLogon(const FIX::SessionID& session) override {
    if (std::exchange(begun_, true)) return;
    for (int number = 0; number < count_; ++number) {
      FIX::Message order;
      order.getHeader().setField(kMsgType, "D");
      order.setField(kClOrdID, "order-" + std::to_string(number));
      order.setField(21, "1");
      order.setField(38, "10");
      order.setField(40, "2");
      order.setField(44, "-12.5");
      order.setField(54, "1");
      order.setField(55, "DE-H12");
      order.setField(FIX::TransactTime());
      FIX::Session::sendToTarget(order, session);
    }
  }

  void fromApp(const FIX::Message& message, const FIX::SessionID&) REFUSALS override {
    std::lock_guard<std::mutex> lock(mutex_);
    const std::string wanted = "order-" + std::to_string(back_ + strange_);
    const bool isNext = message.isSetField(kClOrdID) && message.getField(kClOrdID) == wanted;
    ++(isNext ? back_ : strange_);
    changed_.notify_all();
  }

  bool wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [this] { return back_ + strange_ >= count_; });
    std::cout << "{\"sent\": " << count_ << ", \"back\": " << back_ << ", \"strange\": " << strange_ << "}"
              << std::endl;
    return back_ == count_ && strange_ == 0;
  }

 private:
  const int count_;
  bool begun_ = false;
  int back_ = 0, strange_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
};

int accept(FIX::Application& application, const FIX::SessionSettings& settings) {
  FIX::MemoryStoreFactory stores;
  FIX::ScreenLogFactory logs(false, false, std::getenv("PEER_EVENTS") != nullptr);
  FIX::ThreadedSocketAcceptor acceptor(application, stores, settings, logs);
  acceptor.start();
  std::cout << "listening" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  acceptor.stop();
  return 0;
}

int initiate(const FIX::SessionSettings& settings, int count) {
  Desk application(count);
  FIX::MemoryStoreFactory stores;
  FIX::ScreenLogFactory logs(false, false, std::getenv("PEER_EVENTS") != nullptr);
  FIX::ThreadedSocketInitiator initiator(application, stores, settings, logs);
  initiator.start();
  const bool good = application.wait();
  initiator.stop();
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string role = argc > 2 ? argv[1] : "";
  try {
    if (role == "acceptor") {
      Echo echo;
      return accept(echo, FIX::SessionSettings(argv[2]));
    }
    if (role == "exchange") {
      Exchange exchange;
      return accept(exchange, FIX::SessionSettings(argv[2]));
    }
    if (role == "initiator" && argc > 3) {
      return initiate(FIX::SessionSettings(argv[2]), std::atoi(argv[3]));
    }
    std::cerr << "usage: peer acceptor|exchange SETTINGS | peer initiator SETTINGS COUNT" << std::endl;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
  }
  return 2;
}
