#pragma once

#include <stdexcept>
#include <string>

namespace maquette {

/// Base of every error this program raises on purpose. The message says what failed, with which value, and what to
/// do about it; it is printed as it stands. Exit code 1.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A file or value given by the user cannot be used. Exit code 3.
class InputError : public Error {
public:
    using Error::Error;
};

/// The command line or a configuration is wrong. Exit code 2.
class UsageError : public Error {
public:
    using Error::Error;
};

/// The user stopped the work. Exit code 130.
class Interrupted : public Error {
public:
    using Error::Error;
};

}  // namespace maquette
