export declare function kerberosPackage(): Promise<string>
