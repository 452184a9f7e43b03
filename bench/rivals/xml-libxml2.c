/*
 * Measures libxml2: reads lines "HOW FILE", answers each with bytes (or, for a file of messages, messages) per second.
 * HOW is "events" (SAX2 with namespaces, handlers that count), "tree", or "replies": one message a line, events of each.
 */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long counted;

static void start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
                  const xmlChar **namespaces, int attribute_count, int defaulted, const xmlChar **attributes) {
    counted++;
}

static void end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) { counted++; }

static void text(void *context, const xmlChar *characters, int length) { counted += length; }

static void events(const char *bytes, size_t length) {
    xmlSAXHandler handler;
    memset(&handler, 0, sizeof handler);
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = start;
    handler.endElementNs = end;
    handler.characters = text;
    handler.ignorableWhitespace = text;
    xmlParserCtxtPtr parser = xmlCreateMemoryParserCtxt(bytes, (int)length);
    if (parser == NULL) exit(1);
    xmlFree(parser->sax);
    parser->sax = &handler;
    xmlCtxtUseOptions(parser, XML_PARSE_HUGE);
    handler.startElementNs = start;
    xmlParseDocument(parser);
    if (!parser->wellFormed) exit(1);
    parser->sax = NULL;
    xmlFreeParserCtxt(parser);
}

static void tree(const char *bytes, size_t length) {
    xmlDocPtr document = xmlReadMemory(bytes, (int)length, NULL, NULL, XML_PARSE_HUGE);
    if (document == NULL) exit(1);
    xmlFreeDoc(document);
}

static char *contents(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) exit(1);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    if (bytes == NULL || fread(bytes, 1, *length, file) != *length) exit(1);
    bytes[*length] = 0;
    fclose(file);
    return bytes;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(void) {
    static char how[16], path[4096];
    printf("%s\n", LIBXML_DOTTED_VERSION);
    fflush(stdout);
    while (scanf("%15s %4095s", how, path) == 2) {
        size_t length;
        char *bytes = contents(path, &length);
        double amount = length;
        double from = now();
        if (strcmp(how, "events") == 0) events(bytes, length);
        else if (strcmp(how, "tree") == 0) tree(bytes, length);
        else {
            amount = 0;
            for (char *line = bytes; *line != 0; amount++) {
                char *stop = strchr(line, '\n');
                events(line, (size_t)(stop - line));
                line = stop + 1;
            }
        }
        printf("%.0f\n", amount / (now() - from));
        fflush(stdout);
        free(bytes);
    }
    return counted == 1;
}
