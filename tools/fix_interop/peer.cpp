// QuickFIX as the other side of a session; tools/fix_interop.py compiles and runs it.
//
//   peer acceptor SETTINGS [ssl]          sends back orders, definitions and e-mails until its input ends
//   peer initiator SETTINGS COUNT [ssl]   sends COUNT orders, and tells how many came back, each once and in order
#define HAVE_SSL 1
#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/Log.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/ThreadedSSLSocketAcceptor.h>
#include <quickfix/ThreadedSSLSocketInitiator.h>
#include <quickfix/ThreadedSocketAcceptor.h>
#include <quickfix/ThreadedSocketInitiator.h>

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <memory>
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

int accept(const FIX::SessionSettings& settings, bool ssl) {
  Echo application;
  FIX::MemoryStoreFactory stores;
  FIX::ScreenLogFactory logs(false, false, std::getenv("PEER_EVENTS") != nullptr);
  std::unique_ptr<FIX::Acceptor> acceptor;
  if (ssl) {
    acceptor.reset(new FIX::ThreadedSSLSocketAcceptor(application, stores, settings, logs));
  } else {
    acceptor.reset(new FIX::ThreadedSocketAcceptor(application, stores, settings, logs));
  }
  acceptor->start();
  std::cout << "listening" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  acceptor->stop();
  return 0;
}

int initiate(const FIX::SessionSettings& settings, int count, bool ssl) {
  Desk application(count);
  FIX::MemoryStoreFactory stores;
  FIX::ScreenLogFactory logs(false, false, std::getenv("PEER_EVENTS") != nullptr);
  std::unique_ptr<FIX::Initiator> initiator;
  if (ssl) {
    initiator.reset(new FIX::ThreadedSSLSocketInitiator(application, stores, settings, logs));
  } else {
    initiator.reset(new FIX::ThreadedSocketInitiator(application, stores, settings, logs));
  }
  initiator->start();
  const bool good = application.wait();
  initiator->stop();
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string role = argc > 2 ? argv[1] : "";
  try {
    if (role == "acceptor") return accept(FIX::SessionSettings(argv[2]), argc > 3);
    if (role == "initiator" && argc > 3) {
      return initiate(FIX::SessionSettings(argv[2]), std::atoi(argv[3]), argc > 4);
    }
    std::cerr << "usage: peer acceptor SETTINGS [ssl] | peer initiator SETTINGS COUNT [ssl]" << std::endl;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
  }
  return 2;
}
