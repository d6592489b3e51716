#include "render/io/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include "render/error.h"

namespace maquette::render {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class AtomicFile : public testing::Test {
protected:
    AtomicFile() {
        std::string pattern = (fs::temp_directory_path() / "maquette-atomic-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~AtomicFile() override { fs::remove_all(folder_); }

    [[nodiscard]] fs::path file(const std::string& name) const { return folder_ / name; }
    [[nodiscard]] std::size_t files_in_folder() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }

private:
    fs::path folder_;
};

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    return "no InputError";
}

TEST_F(AtomicFile, WritesBytesAndReplacesWhatWasThere) {
    const std::string bytes("a\0b\n", 4);
    write_file_atomically(file("a.bin"), "older and longer content");
    write_file_atomically(file("a.bin"), bytes);
    EXPECT_EQ(read_file(file("a.bin")), bytes);
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFile, StreamsMoreThanItsBuffer) {
    std::string expected;
    write_file_atomically(file("long.txt"), [&](std::ostream& stream) {
        for (int i = 0; i < 50000; ++i) {
            stream << i << '\n';
            expected += std::to_string(i) + '\n';
        }
        const std::string block(300000, 'x');
        stream << block;
        expected += block;
    });
    EXPECT_EQ(read_file(file("long.txt")), expected);
}

TEST_F(AtomicFile, MakesMissingFolders) {
    write_file_atomically(file("one/two/three.txt"), "3");
    EXPECT_EQ(read_file(file("one/two/three.txt")), "3");
}

TEST_F(AtomicFile, KeepsPermissionsAndLinks) {
    write_file_atomically(file("target.txt"), "1");
    ASSERT_EQ(::chmod(file("target.txt").c_str(), 0640), 0);
    fs::create_symlink("target.txt", file("link.txt"));
    write_file_atomically(file("link.txt"), "2");
    EXPECT_TRUE(fs::is_symlink(file("link.txt")));
    EXPECT_EQ(read_file(file("target.txt")), "2");
    EXPECT_EQ(fs::status(file("target.txt")).permissions(), fs::perms(0640));
}

TEST_F(AtomicFile, ExceptionInTheWriterKeepsTheOldFile) {
    write_file_atomically(file("a.txt"), "old");
    EXPECT_THAT(message_of([&] {
                    write_file_atomically(file("a.txt"), [](std::ostream& stream) {
                        stream << "half of the new";
                        throw std::runtime_error("the mesh broke");
                    });
                }),
                testing::AllOf(HasSubstr("a.txt"), HasSubstr("the mesh broke")));
    EXPECT_EQ(read_file(file("a.txt")), "old");
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFile, OwnErrorsOfTheWriterPassThrough) {
    EXPECT_THROW(write_file_atomically(file("a.txt"), [](std::ostream&) { throw Interrupted("stopped by the user"); }),
                 Interrupted);
    EXPECT_EQ(files_in_folder(), 0);
}

TEST_F(AtomicFile, FolderInPlaceOfTheFileOrFileInPlaceOfTheFolder) {
    fs::create_directory(file("taken"));
    EXPECT_THAT(message_of([&] { write_file_atomically(file("taken"), "x"); }), HasSubstr("a folder of this name"));
    write_file_atomically(file("plain"), "x");
    EXPECT_THAT(message_of([&] { write_file_atomically(file("plain/below.txt"), "x"); }),
                HasSubstr("cannot be written"));
    EXPECT_EQ(read_file(file("plain")), "x");
}

TEST_F(AtomicFile, FullDeviceIsReported) {
    if (!fs::exists("/dev/full")) {
        GTEST_SKIP() << "needs /dev/full";
    }
    EXPECT_THAT(message_of([] { write_file_atomically("/dev/full", "x"); }), HasSubstr("No space left"));
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

// A limit on file sizes stands in for a full disk, and the limit is for good: hence another process.
TEST_F(AtomicFile, FullDiskLeavesTheOldFileAndNoTemporary) {
    write_file_atomically(file("result.bin"), "old");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
            write_file_atomically(file("result.bin"), std::string(100000, 'n'));
        } catch (const InputError& error) {
            ::_exit(std::string(error.what()).find("File too large") != std::string::npos ? 0 : 2);
        }
        ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(read_file(file("result.bin")), "old");
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFile, ReadingSaysWhatIsWrong) {
    EXPECT_THAT(message_of([&] { read_file(file("none.txt")); }),
                testing::AllOf(HasSubstr("none.txt"), HasSubstr("No such file")));
    EXPECT_THAT(message_of([&] { read_file(file("")); }), HasSubstr("is a folder"));
    write_file_atomically(file("five.txt"), "12345");
    EXPECT_EQ(read_file(file("five.txt"), 5), "12345");
    EXPECT_THAT(message_of([&] { read_file(file("five.txt"), 4); }), HasSubstr("larger than the 4 bytes"));
}

TEST_F(AtomicFile, Sha256OfKnownTexts) {
    // FIPS 180-2, appendix B.1, and the empty text.
    EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const std::string long_text(3000000, 'a');
    write_file_atomically(file("long.txt"), long_text);
    EXPECT_EQ(sha256_of_file(file("long.txt")), sha256_of(long_text));
    EXPECT_THROW(sha256_of_file(file("none.txt")), InputError);
}

}  // namespace
}  // namespace maquette::render
