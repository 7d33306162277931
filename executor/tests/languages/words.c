// Counts words, as words.py does.
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct word {
  char text[64];
  int count;
};

static struct word words[1000];
static int known;

static void count(const char *text) {
  for (int i = 0; i < known; i++) {
    if (strcmp(words[i].text, text) == 0) {
      words[i].count++;
      return;
    }
  }
  snprintf(words[known].text, sizeof words[known].text, "%s", text);
  words[known++].count = 1;
}

static int often_first(const void *left, const void *right) {
  const struct word *a = left, *b = right;
  return a->count != b->count ? b->count - a->count : strcmp(a->text, b->text);
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static FILE *open_file(const char *path, const char *mode) {
  FILE *file = fopen(path, mode);
  if (!file) fail(path);
  return file;
}

static void copy(const char *from, const char *to) {
  FILE *source = open_file(from, "r"), *target = open_file(to, "w");
  char buffer[4096];
  size_t length;
  while ((length = fread(buffer, 1, sizeof buffer, source))) fwrite(buffer, 1, length, target);
  fclose(source);
  fclose(target);
  struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
  if (utimensat(AT_FDCWD, to, times, 0)) fail("utimensat");
}

int main(int argc, char **argv) {
  int least = atoi(argv[1]);
  FILE *data = open_file(getenv("TALKA_DATASET"), "r");
  char text[64];
  while (fscanf(data, "%63s", text) == 1) count(text);
  fclose(data);
  qsort(words, known, sizeof words[0], often_first);

  FILE *counts = open_file("/tmp/counts", "w");
  double sum = 0, squares = 0;
  for (int i = 0; i < known; i++) {
    if (words[i].count >= least) fprintf(counts, "%s %d\n", words[i].text, words[i].count);
    sum += words[i].count;
    squares += (double)words[i].count * words[i].count;
  }
  fclose(counts);
  if (mkdir("/out/counts", 0777)) fail("mkdir");
  copy("/tmp/counts", "/out/counts/words.txt");
  double mean = sum / known;
  printf("mean %.6f deviation %.6f\n", mean, sqrt(squares / known - mean * mean));

  FILE *notes = open_file("notes.txt", "w");
  fputs("a relative path", notes);
  fclose(notes);
  char note[64] = "";
  notes = open_file("notes.txt", "r");
  fread(note, 1, sizeof note - 1, notes);
  fclose(notes);
  printf("%s\n", note);

  DIR *directory = opendir("/out/counts");
  if (!directory) fail("opendir");
  struct dirent *entry;
  while ((entry = readdir(directory)))
    if (entry->d_name[0] != '.') printf("%s\n", entry->d_name);
  closedir(directory);
  fprintf(stderr, "%d words\n", known);
  return argc > 2 ? atoi(argv[2]) : 0;
}
