/* Events on standard output, one line of JSON each: what both programs share. */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints text as a JSON string; null stays null. */
static void
json_string(const char *text)
{
    if (!text) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    for (; *text; ++text) {
        unsigned char c = (unsigned char)*text;

        if ((c == '"') || (c == '\\')) {
            printf("\\%c", c);
        } else if (c < 32) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

/* event("rpc", "operation", name, NULL): names and values in turn. */
static void
event(const char *name, ...)
{
    const char *field;
    va_list fields;

    printf("{\"event\":");
    json_string(name);
    va_start(fields, name);
    while ((field = va_arg(fields, const char *))) {
        putchar(',');
        json_string(field);
        putchar(':');
        json_string(va_arg(fields, const char *));
    }
    va_end(fields);
    printf("}\n");
    fflush(stdout);
}

#endif
