import "./globals.css";

import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";

import { Providers } from "./Providers";

export const metadata: Metadata = {
  description: "Ask what your company knows.",
  robots: { index: false, follow: false },
  referrer: "no-referrer",
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#16161a" },
  ],
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    // The theme and the language are set on it before React looks.
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* Here and not in the metadata, which would be set again after each page has named itself. */}
        <title>Nexus</title>
        <script src="/theme.js" />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
